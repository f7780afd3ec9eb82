import PacketDecoding

/// Options of a block that is written once (draft-ietf-opsawg-pcapng section 3.5), in this host's byte order.
struct PcapngOptions {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ code: UInt16, _ value: [UInt8]) {
        let value = value.prefix(Int(UInt16.max) - 3)
        add(code)
        add(UInt16(value.count))
        bytes += value
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    /// A text; nil and an empty one are left out.
    mutating func append(_ code: UInt16, text: String?) {
        guard let text, !text.isEmpty else { return }
        append(code, Array(text.utf8))
    }

    mutating func append(_ code: UInt16, _ value: UInt64) {
        add(code)
        add(8 as UInt16)
        add(value)
    }

    /// An instant: the high half comes first, whatever the byte order.
    mutating func append(_ code: UInt16, _ time: Timestamp) {
        add(code)
        add(8 as UInt16)
        add(UInt32(truncatingIfNeeded: time.rawValue >> 32))
        add(UInt32(truncatingIfNeeded: time.rawValue))
    }

    private mutating func add(_ value: some FixedWidthInteger) {
        unsafe withUnsafeBytes(of: value) { unsafe bytes.append(contentsOf: $0) }
    }
}

/// Goes from option to option of a block that is read.
struct PcapngOptionCursor {
    /// Where the next one begins, in its block.
    private(set) var offset: Int
    /// Where options can no longer be.
    let end: Int
    let isSwapped: Bool

    init(offset: Int, end: Int, isSwapped: Bool) {
        self.offset = offset
        self.end = end
        self.isSwapped = isSwapped
    }

    /// An option's code, and where its value lies; the length is as it stands there, and may be too large.
    struct Option {
        let code: UInt16
        let offset, length: Int
    }

    /// The next option; nil at the end of options, which many writers leave out.
    mutating func next(in block: RawSpan) -> Option? {
        guard offset &+ 4 <= end else { return nil }
        let code = block.number(UInt16.self, at: offset, isSwapped: isSwapped)
        if code == 0 { return nil }
        let length = Int(block.number(UInt16.self, at: offset &+ 2, isSwapped: isSwapped))
        defer { offset &+= 4 &+ (length &+ 3) & ~3 }
        return Option(code: code, offset: offset &+ 4, length: length)
    }
}

/// What a packet's flags word says (section 4.3.1).
///
///     31       ...        12  11  10   9  8    5  4    2  1  0
///     +---------------------+---+---+---+-------+------+-----+
///     | link-layer errors   |TSO|sum|not| FCS   | kind | way |
///     |                     |   |ok |yet| length|      |     |
///     +---------------------+---+---+---+-------+------+-----+
struct PcapngFlags {
    /// The option's code, epb_flags.
    static let option: UInt16 = 2

    let rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }

    init(_ header: FrameHeader) {
        let direction: UInt32 =
            switch header.direction {
            case .unknown: 0
            // Whether it was sent to one host (1 << 2) nobody has said: a link may have no addresses.
            case .incoming: Self.inbound
            case .multicast: Self.inbound | 2 << 2
            case .broadcast: Self.inbound | 3 << 2
            case .otherHost: Self.inbound | 4 << 2
            case .outgoing: Self.outbound
            }
        rawValue = direction | (header.checksumIsOffloaded ? Self.checksumNotReady : 0)
    }

    var direction: FrameDirection {
        switch (rawValue & 3, rawValue >> 2 & 7) {
        case (Self.outbound, _): .outgoing
        case (Self.inbound, 2): .multicast
        case (Self.inbound, 3): .broadcast
        case (Self.inbound, 4): .otherHost
        case (Self.inbound, _): .incoming
        default: .unknown
        }
    }

    /// The sender left the checksum to the network card.
    var checksumIsOffloaded: Bool { rawValue & Self.checksumNotReady != 0 }

    private static let inbound: UInt32 = 1
    private static let outbound: UInt32 = 2
    private static let checksumNotReady: UInt32 = 1 << 9
}
