internal import Transport

/// The memory of a relay that has bytes in hand: a read on its way up, as several messages, and one on its way down.
final class RelayBuffers {
    let up: UnsafeMutableRawBufferPointer
    let down: UnsafeMutableRawBufferPointer

    /// - Parameters:
    ///   - upSize: payload bytes of one read from the local program.
    ///   - downSize: bytes of one read from the service.
    init(upSize: Int, downSize: Int) {
        up = .allocate(byteCount: FrameEncoder.headroom + upSize, alignment: 16)
        down = .allocate(byteCount: downSize, alignment: 16)
    }

    deinit {
        up.deallocate()
        down.deallocate()
    }
}

/// Lends buffers to relays while they have bytes in hand, so that an idle connection costs none.
///
/// Belongs to its loop's thread.
final class RelayBufferPool {
    /// Payload bytes of a message towards the service.
    let messageSize: Int
    /// Whole messages, as many as make up to 64 KiB.
    let upSize: Int
    static let downSize = 64 * 1024
    private var free: [RelayBuffers] = []
    /// More than connections usually are busy at once; what is given back beyond that is freed.
    private static let most = 8

    init(messageSize: Int) {
        self.messageSize = messageSize
        upSize = messageSize * max(1, 64 * 1024 / messageSize)
    }

    func take() -> RelayBuffers {
        free.popLast() ?? RelayBuffers(upSize: upSize, downSize: Self.downSize)
    }

    func giveBack(_ buffers: RelayBuffers) {
        if free.count < Self.most { free.append(buffers) }
    }
}
