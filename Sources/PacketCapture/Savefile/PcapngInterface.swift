import PacketDecoding

/// What a pcapng section says of one of its interfaces (draft-ietf-opsawg-pcapng section 4.2).
struct PcapngInterface {
    let linkType: LinkType
    /// As the file says, in bytes; 0 is no limit.
    let snapshotLength: Int
    private(set) var clock = PcapngClock()
    /// Nil where it has none.
    private(set) var name: String?
    /// Bytes of frame check sequence at the end of each frame; nil where the file does not say.
    private(set) var checkSequenceLength: Int?

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
        // if_fcslen, whose unit has been told as bits and as octets: no sequence has 16 octets, and none 8 bits.
        case (13, 1):
            let length = Int(value.byte(at: 0))
            checkSequenceLength = length < 16 ? length : length / 8
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

    /// The count of an instant, of which ``timestamp(_:)`` tells the same again where counts are that fine.
    func count(of time: Timestamp) -> UInt64 {
        let nanoseconds = UInt128(clamping: Int128(time.rawValue) - Int128(offset) * 1_000_000_000)
        switch unit {
        case .nanoseconds(let factor): return UInt64(clamping: nanoseconds / UInt128(factor))
        case .countsPerNanosecond(let divisor): return UInt64(clamping: nanoseconds * UInt128(divisor))
        case .binary(let exponent):
            let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
            guard exponent < 64 else { return nanoseconds == 0 ? 0 : .max }
            return UInt64(clamping: whole << exponent + (rest << exponent + 999_999_999) / 1_000_000_000)
        case .nothing: return 0
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
