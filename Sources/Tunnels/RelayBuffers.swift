internal import Transport

/// The memory of a relay that has bytes in hand: a message on its way up, and a read on its way down.
final class RelayBuffers {
    let up: UnsafeMutableRawBufferPointer
    let down: UnsafeMutableRawBufferPointer

    /// - Parameters:
    ///   - messageSize: payload bytes of a message towards the service.
    ///   - downSize: bytes of one read from it.
    init(messageSize: Int, downSize: Int) {
        up = .allocate(byteCount: FrameEncoder.headroom + messageSize, alignment: 16)
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
    let messageSize: Int
    static let downSize = 64 * 1024
    private var free: [RelayBuffers] = []
    /// More than connections usually are busy at once; what is given back beyond that is freed.
    private static let most = 8

    init(messageSize: Int) { self.messageSize = messageSize }

    func take() -> RelayBuffers {
        free.popLast() ?? RelayBuffers(messageSize: messageSize, downSize: Self.downSize)
    }

    func giveBack(_ buffers: RelayBuffers) {
        if free.count < Self.most { free.append(buffers) }
    }
}
