import PacketDecoding

/// What an ACK with the SACK option says is missing (RFC 2018): the holes between the number it acknowledges and the
/// blocks that came after it.
struct SelectiveACKHoles: BitwiseCopyable {
    private(set) var count = 0
    private(set) var bytes = 0
    /// Payload that arrived behind a hole, in bytes.
    private(set) var received = 0

    /// - Parameter area: the option area of the segment, as captured.
    init(_ area: RawSpan, acknowledgment: UInt32) {
        var offset = 0
        while let option = TCPOption(in: area, at: offset), option.kind != 0 {
            if option.kind == 5 && option.length <= 34 && (option.length &- 2) % 8 == 0 {
                measure(area.clipped(from: offset &+ 2, to: offset &+ option.length), from: acknowledgment)
                return
            }
            offset &+= option.length
        }
    }

    private mutating func measure(_ blocks: RawSpan, from acknowledgment: UInt32) {
        var reached = 0
        // In order of sequence, which is not theirs: the nearest that ends beyond what has been reached.
        while true {
            var nearest: (start: Int, end: Int)?
            for offset in stride(from: 0, to: blocks.byteCount, by: 8) {
                // One that is not beyond the acknowledgment tells of a duplicate (RFC 2883).
                let start = Int(Int32(truncatingIfNeeded: blocks.uint32(at: offset) &- acknowledgment))
                let end = Int(Int32(truncatingIfNeeded: blocks.uint32(at: offset &+ 4) &- acknowledgment))
                guard start > 0, end > start, end > reached, start < nearest?.start ?? .max else { continue }
                nearest = (start, end)
            }
            guard let nearest else { return }
            if nearest.start > reached {
                count &+= 1
                bytes &+= nearest.start &- reached
            }
            received &+= nearest.end &- max(reached, nearest.start)
            reached = nearest.end
        }
    }
}
