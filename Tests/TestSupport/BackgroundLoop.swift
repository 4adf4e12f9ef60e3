internal import CPosix
internal import Dispatch
package import Posix
internal import Synchronization

/// An event loop on a thread of its own, for servers of tests whose own thread blocks. Ended when it is let go of.
package final class BackgroundLoop: Sendable {
    private final class State: Sendable {
        /// The task, once it runs; whether it is to end.
        let stage = Mutex<(task: Task<Void, Never>?, isToEnd: Bool)>((nil, false))
        let end = DispatchSemaphore(value: 0)
        let body: @Sendable () async -> Void

        init(_ body: @escaping @Sendable () async -> Void) { self.body = body }
    }

    private let state: State

    /// - Parameter body: runs until it is cancelled.
    package init(_ body: @escaping @Sendable () async -> Void) throws {
        state = State(body)
        let context = Unmanaged.passRetained(state)
        let failure = bu_start_thread(
            { pointer in
                guard let pointer else { return }
                BackgroundLoop.run(Unmanaged<State>.fromOpaque(pointer).takeRetainedValue())
            }, context.toOpaque())
        guard failure == 0 else {
            context.release()
            throw SystemError("pthread_create", number: failure)
        }
    }

    deinit {
        let task = state.stage.withLock { stage in
            stage.isToEnd = true
            return stage.task
        }
        task?.cancel()
        state.end.wait()
    }

    private static func run(_ state: State) {
        _ = try? EventLoop.run {
            let task = Task(executorPreference: EventLoop.current) { await state.body() }
            let isToEnd = state.stage.withLock { stage in
                stage.task = task
                return stage.isToEnd
            }
            if isToEnd { task.cancel() }
            await task.value
            return 0
        }
        state.end.signal()
    }
}

/// A server on a loopback port; each connection is given to a closure, which ends it.
package final class LoopbackServer: Sendable {
    package let port: UInt16
    private let loop: BackgroundLoop

    package init(_ serve: @escaping @Sendable (StreamSocket) async -> Void) throws {
        let told = Told()
        loop = try BackgroundLoop {
            guard let address = SocketAddress(literal: "127.0.0.1", port: 0),
                let listener = try? Listener(on: address)
            else {
                told.isThere.signal()
                return
            }
            told.port.withLock { $0 = listener.address?.port ?? 0 }
            told.isThere.signal()
            await Self.accept(from: listener, serve)
            listener.close()
        }
        told.isThere.wait()
        self.port = told.port.withLock(\.self)
    }

    private final class Told: Sendable {
        /// 0 where there is none to be had.
        let port = Mutex<UInt16>(0)
        let isThere = DispatchSemaphore(value: 0)
    }

    private static func accept(
        from listener: Listener, _ serve: @escaping @Sendable (StreamSocket) async -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            while let accepted = try? await listener.accept() {
                let descriptor = accepted.descriptor
                group.addTask {
                    guard let socket = try? StreamSocket(adopting: descriptor, wakeUp: WakeUp()) else {
                        return
                    }
                    await serve(socket)
                    socket.close()
                }
            }
            group.cancelAll()
        }
    }

    /// Sends back what it gets, until the end of input.
    package static func echo() throws -> LoopbackServer {
        try LoopbackServer { socket in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while let count = await socket.readSome(into: &buffer), count > 0 {
                guard await socket.writeAll(buffer[..<count]) else { return }
            }
        }
    }

    /// Says the same to everybody, after the first bytes.
    package static func saying(_ text: String) throws -> LoopbackServer {
        try LoopbackServer { socket in
            var buffer = [UInt8](repeating: 0, count: 4096)
            guard let count = await socket.readSome(into: &buffer), count > 0 else { return }
            _ = await socket.writeAll(Array(text.utf8)[...])
        }
    }
}

extension StreamSocket {
    /// - Returns: 0 at the end of input; nil after a failure or when cancelled.
    package func readSome(into buffer: inout [UInt8]) async -> Int? {
        while true {
            guard let progress = try? buffer.withUnsafeMutableBytes({ try read(into: $0) }) else {
                return nil
            }
            switch progress {
            case .done(let count): return count
            case .ended: return 0
            case .wouldBlock: if await wakeUp.wait() == .cancelled { return nil }
            }
        }
    }

    /// - Returns: whether all of it went.
    package func writeAll(_ bytes: ArraySlice<UInt8>) async -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            guard let progress = try? rest.withUnsafeBytes({ try write($0) }) else { return false }
            if case .done(let count) = progress {
                rest = rest.dropFirst(count)
            } else if await wakeUp.wait() == .cancelled {
                return false
            }
        }
        return true
    }
}
