internal import Glibc
internal import Posix

/// How long the kernel takes to say whose socket is at the other end: asked once for each connection.
struct PeerQuestion: Sendable {
    /// A port where somebody listens.
    var port: UInt16
    var count: Int

    func run() throws(StreamFailure) -> Report {
        let socket = try BlockingSocket(port: port)
        guard let source = LoopbackAddress.ownPort(of: socket.descriptor),
            let near = SocketAddress(literal: "127.0.0.1", port: source),
            let far = SocketAddress(literal: "127.0.0.1", port: port)
        else { throw .system(.last("getsockname")) }
        var times: [Double] = []
        for _ in 0..<count {
            let start = ContinuousClock.now
            let owner: SocketPeer.Owner?
            do { owner = try SocketPeer.owner(of: near, connectedTo: far) } catch { throw .system(error) }
            guard owner?.userID == SocketPeer.ownUserID else {
                throw .violation("the kernel does not know the socket")
            }
            times.append(start.duration(to: .now).seconds * 1e6)
        }
        let percentiles = Percentiles(times)
        var report = Report()
        report.add("p50", percentiles.value(at: 0.5))
        report.add("p99", percentiles.value(at: 0.99))
        return report
    }
}
