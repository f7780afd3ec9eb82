import PacketDecoding

/// What a pcapng section says of one of its interfaces (draft-ietf-opsawg-pcapng section 4.2).
struct PcapngInterface {
    let linkType: LinkType
    /// As the file says, in bytes; 0 is no limit.
    let snapshotLength: Int
    private(set) var clock = PcapngClock()
    /// Nil where it has none.
    private(set) var name: String?

    init(linkType: LinkType, snapshotLength: Int) {
        self.linkType = linkType
        self.snapshotLength = snapshotLength
    }

    /// Takes up an option; one of a length that it cannot have is as if it were not there.
    mutating func apply(_ code: UInt16, _ value: RawSpan, isSwapped: Bool) {
        switch (code, value.byteCount) {
        // if_name
        case (2, 1...255):
            let text = value.upToZero
            name = unsafe text.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        // if_tsresol
        case (9, 1): clock.resolution = value.byte(at: 0)
        // if_tsoffset
        case (14, 8): clock.offset = value.number(Int64.self, at: 0, isSwapped: isSwapped)
        default: break
        }
    }
}

/// How an interface counts time.
struct PcapngClock: BitwiseCopyable {
    /// if_tsresol: a count is a second divided by ten to this power, or, with the highest bit set, by two.
    var resolution: UInt8 = 6 {
        didSet { unit = Unit(resolution) }
    }
    /// if_tsoffset: seconds to add.
    var offset: Int64 = 0
    private var unit = Unit(6)

    private enum Unit {
        /// A count is so many nanoseconds.
        case nanoseconds(UInt64)
        /// So many counts are a nanosecond.
        case countsPerNanosecond(UInt64)
        /// Two to this power counts are a second.
        case binary(UInt8)
        /// So many counts are a nanosecond that none ever comes together.
        case nothing

        init(_ resolution: UInt8) {
            let exponent = Int(resolution & 0x7f)
            func power(_ exponent: Int) -> UInt64 { (0..<exponent).reduce(1) { value, _ in value &* 10 } }
            switch exponent {
            case _ where resolution & 0x80 != 0: self = .binary(resolution & 0x7f)
            case ...9: self = .nanoseconds(power(9 - exponent))
            // 10^19 is the greatest power of ten in 64 bits.
            case ...28: self = .countsPerNanosecond(power(exponent - 9))
            default: self = .nothing
            }
        }
    }

    /// The instant of a count; what lies past the year 2262 saturates.
    @inline(__always)
    func timestamp(_ count: UInt64) -> Timestamp {
        let nanoseconds: Int64
        switch unit {
        case .nanoseconds(let factor):
            let (product, overflow) = count.multipliedReportingOverflow(by: factor)
            nanoseconds = overflow ? .max : Int64(clamping: product)
        case .countsPerNanosecond(let divisor): nanoseconds = Int64(clamping: count / divisor)
        case .binary(let exponent): nanoseconds = Int64(clamping: (UInt128(count) * 1_000_000_000) >> exponent)
        case .nothing: nanoseconds = 0
        }
        return offset == 0 ? Timestamp(rawValue: nanoseconds) : Timestamp(seconds: offset, nanoseconds: nanoseconds)
    }
}
