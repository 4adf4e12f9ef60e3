internal import Glibc
internal import Posix

/// A thread for what waits in calls. Small: a server has one for each connection.
enum Worker {
    private static let stackSize = 256 * 1024

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Nobody waits for the thread.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let thread = try create(body)
        pthread_detach(thread)
    }

    /// Runs the body once for each number, each on a thread of its own, and waits for all of them.
    static func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws(SystemError) {
        var threads: [pthread_t] = []
        defer { for thread in threads { pthread_join(thread, nil) } }
        for number in 0..<count { threads.append(try create { body(number) }) }
    }

    private static func create(_ body: @escaping @Sendable () -> Void) throws(SystemError) -> pthread_t {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackSize)
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Body(body))
        let status = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            box.release()
            throw SystemError("pthread_create", number: status)
        }
        return thread
    }
}
