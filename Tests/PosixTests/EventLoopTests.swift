import TestSupport
import Testing

@testable import Posix

@Suite struct EventLoopTests {
    @Test func `returns what the body returns`() throws {
        #expect(try EventLoop.run { 42 } == 42)
    }

    @Test func `wakes a wait at its deadline and not before`() async throws {
        try await onLoop {
            let start = Instant.now
            let reason = await WakeUp().wait(until: start.advanced(by: .milliseconds(20)))
            #expect(reason == .deadline)
            #expect(start.duration(to: .now) >= .milliseconds(20))
        }
    }

    @Test func `keeps a signal that comes before the wait`() async throws {
        try await onLoop {
            let wakeUp = WakeUp()
            wakeUp.signal()
            #expect(await wakeUp.wait() == .signalled)
        }
    }

    /// An actor whose wait passes through turns of the loop before it suspends.
    private actor Writer {
        func becomesWritable(_ descriptor: FileDescriptor) async throws -> WakeUp.Reason {
            let wakeUp = WakeUp()
            let socket = try StreamSocket(adopting: descriptor, wakeUp: wakeUp)
            socket.noteWriteWouldBlock()
            return await wakeUp.wait(until: .now.advanced(by: .seconds(20)))
        }
    }

    @Test func `loses no signal while an actor is about to wait`() async throws {
        try await onLoop {
            let (one, other) = try FileDescriptor.socketPair()
            #expect(try await Writer().becomesWritable(one) == .signalled)
            other.close()
        }
    }

    @Test func `ends a wait when its task is cancelled`() async throws {
        try await onLoop {
            await withTaskGroup(of: WakeUp.Reason.self) { group in
                group.addTask { await WakeUp().wait() }
                group.cancelAll()
                #expect(await group.next() == .cancelled)
            }
        }
    }

    @Test func `can be cancelled while it waits`() async throws {
        try await onLoop {
            await withTaskGroup(of: WakeUp.Reason?.self) { group in
                let waiting = WakeUp()
                group.addTask {
                    waiting.signal()
                    return await WakeUp().wait()
                }
                group.addTask {
                    _ = await waiting.wait()
                    return nil
                }
                #expect(await group.next() == .some(nil))
                group.cancelAll()
                #expect(await group.next() == .some(.cancelled))
            }
        }
    }

    @Test func `prolongs and shortens the same wake-up's deadline`() async throws {
        try await onLoop {
            let wakeUp = WakeUp()
            wakeUp.signal()
            #expect(await wakeUp.wait(until: .now.advanced(by: .seconds(100))) == .signalled)
            #expect(await wakeUp.wait(until: .now.advanced(by: .milliseconds(5))) == .deadline)
            #expect(await wakeUp.wait(until: .now.advanced(by: .milliseconds(10))) == .deadline)
        }
    }

    @Test func `runs blocking calls elsewhere and gives up on one that is late`() async throws {
        try await onLoop {
            let value = try await BlockingCall.run(until: .now.advanced(by: .seconds(10))) { 5 }
            #expect(value == 5)
            let (reading, writing) = try FileDescriptor.pipe()
            let failure = await #expect(throws: BlockingCall.Failure.self) {
                try await BlockingCall.run(until: .now.advanced(by: .milliseconds(10))) {
                    var byte: UInt8 = 0
                    return withUnsafeMutableBytes(of: &byte) { try? reading.read(into: $0) }
                }
            }
            #expect(failure == .timedOut)
            writing.close()
        }
    }

    @Test func `carries bytes between a listener and a connection`() async throws {
        try await onLoop {
            let address = try #require(SocketAddress(literal: "127.0.0.1", port: 0))
            let listener = try Listener(on: address)
            let bound = try #require(listener.address)
            let deadline = Instant.now.advanced(by: .seconds(10))
            let client = try await StreamSocket.connect(to: bound, wakeUp: WakeUp(), until: deadline)
            let accepted = try #require(try await listener.accept())
            let server = try StreamSocket(adopting: accepted.descriptor, wakeUp: WakeUp())
            #expect(accepted.peer.port == client.localAddress?.port)
            #expect(
                try "hello".utf8.withContiguousStorageIfAvailable { try client.write(.init($0)) } == .done(5))
            var buffer = [UInt8](repeating: 0, count: 16)
            var progress = try buffer.withUnsafeMutableBytes { try server.read(into: $0) }
            while progress == .wouldBlock {
                #expect(await server.wakeUp.wait(until: deadline) == .signalled)
                progress = try buffer.withUnsafeMutableBytes { try server.read(into: $0) }
            }
            #expect(progress == .done(5))
            #expect(buffer.prefix(5).elementsEqual("hello".utf8))
        }
    }

    @Test func `says that a connection is refused`() async throws {
        try await onLoop {
            let listener = try Listener(on: try #require(SocketAddress(literal: "127.0.0.1", port: 0)))
            let address = try #require(listener.address)
            listener.close()
            let failure = await #expect(throws: ConnectFailure.self) {
                _ = try await StreamSocket.connect(
                    to: address, wakeUp: WakeUp(), until: .now.advanced(by: .seconds(10)))
            }
            let refusal = SystemError("connect", number: SystemError.connectionRefused)
            #expect(failure == .unreachable([ConnectAttempt(address: address, failure: refusal)]))
        }
    }

    @Test(arguments: ["localhost", "LOCALHOST", "bst-1.bastion.localhost"])
    func `answers localhost without a resolver`(_ name: String) async throws {
        try await onLoop {
            let found = try await NameResolution.addresses(
                of: name, port: 443, until: .now.advanced(by: .seconds(1)))
            #expect(found.map(\.description) == ["127.0.0.1:443", "[::1]:443"])
        }
    }

    @Test func `lets an urgent task overtake those that keep the loop busy`() async throws {
        try await onLoop {
            let ended = LoopConfined(Ended())
            let pipe = try FileDescriptor.pipe()
            let readable = WakeUp()
            let watch = try EventLoop.current.watch(pipe.read, waking: readable)
            defer { watch.cancel() }
            let urgent = Task(executorPreference: EventLoop.current, priority: .high) {
                _ = await readable.wait()
                ended.value.names.append("urgent")
            }
            await withTaskGroup(of: Void.self) { group in
                for number in 1...20 {
                    group.addTask {
                        // The first one makes the descriptor readable; each takes more than its share of time.
                        if number == 1 { try? pipe.write.writeAll([1]) }
                        let end = Instant.now.advanced(by: .milliseconds(3))
                        while Instant.now < end {}
                        ended.value.names.append("busy")
                    }
                }
            }
            await urgent.value
            let place = try #require(ended.value.names.firstIndex(of: "urgent"))
            #expect(place < 5, "it came after \(place) of 20")
        }
    }

    private final class Ended { var names: [String] = [] }

    @Test func `does long work for an urgent task in its turn`() async throws {
        try await onLoop {
            let task = Task(executorPreference: EventLoop.current, priority: .high) {
                (Task.currentPriority, await EventLoop.unhurried { Task.currentPriority })
            }
            #expect(await task.value == (.high, .medium))
        }
    }

    @Test func `passes cancellation on to the work that an urgent task waits for`() async throws {
        try await onLoop {
            let begun = WakeUp()
            let task = Task(executorPreference: EventLoop.current, priority: .high) {
                await EventLoop.unhurried {
                    begun.signal()
                    return await WakeUp().wait()
                }
            }
            #expect(await begun.wait() == .signalled)
            task.cancel()
            #expect(await task.value == .cancelled)
        }
    }
}
