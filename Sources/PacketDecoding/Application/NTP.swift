// NTP: RFC 5905 section 7.3; version 3: RFC 1305. Control messages: RFC 9327.
//
//    0   1 2    4 5   7 8        15 16       23 24       31
//   +-----+------+-----+-----------+-----------+-----------+
//   |leap |version mode |  stratum  |   poll    | precision |
//   |                     root delay                        |
//   |                   root dispersion                     |
//   |                    reference id                       |
//   |   reference, origin, receive, transmit timestamps     |
//   |       (64 bits each); extensions and digest           |
//   +-------------------------------------------------------+

/// The header of an NTP packet, as on the wire (48 bytes).
@frozen public struct NTPHeader: WireHeader {
    @usableFromInline let rawLeapVersionMode: UInt8
    /// Hops from a reference clock: 0 unspecified or a kiss of death, 1 the clock's own server, 16 unsynchronized.
    public let stratum: UInt8
    /// Longest time between messages, as a power of two of seconds.
    public let poll: Int8
    /// Of the clock, as a power of two of seconds: -20 is about a microsecond.
    public let precision: Int8
    @usableFromInline let rawRootDelay, rawRootDispersion, rawReferenceID: UInt32
    @usableFromInline let rawReference, rawOrigin, rawReceive, rawTransmit: NTPTimestamp

    @inlinable public static var layer: LayerKind { .ntp }

    /// 0 no warning, 1 and 2 a leap second at the end of the day (61, 59 seconds), 3 unsynchronized.
    @inlinable public var leapIndicator: UInt8 { rawLeapVersionMode >> 6 }
    @inlinable public var version: UInt8 { rawLeapVersionMode >> 3 & 7 }
    @inlinable public var mode: NTPMode { NTPMode(rawValue: rawLeapVersionMode & 7) }
    /// Round trip to the reference clock, in units of 1/65536 s.
    @inlinable public var rootDelay: UInt32 { UInt32(bigEndian: rawRootDelay) }
    /// Greatest error against the reference clock, in units of 1/65536 s.
    @inlinable public var rootDispersion: UInt32 { UInt32(bigEndian: rawRootDispersion) }
    /// Four letters up to stratum 1; above, the address of the server's own server, or a digest of it over IPv6.
    @inlinable public var referenceID: UInt32 { UInt32(bigEndian: rawReferenceID) }
    /// When the clock was last set.
    @inlinable public var reference: NTPTimestamp { rawReference }
    /// When the request left the client, by the client's clock.
    @inlinable public var origin: NTPTimestamp { rawOrigin }
    /// When the request reached the server.
    @inlinable public var receive: NTPTimestamp { rawReceive }
    /// When this packet was sent.
    @inlinable public var transmit: NTPTimestamp { rawTransmit }
}

/// A point in time as seconds and their fraction, as on the wire (8 bytes). Zero means unknown.
@frozen public struct NTPTimestamp: BitwiseCopyable, Hashable, Sendable {
    @usableFromInline let rawSeconds, rawFraction: UInt32

    /// Since the beginning of 1900, modulo 2^32.
    @inlinable public var seconds: UInt32 { UInt32(bigEndian: rawSeconds) }
    /// In units of 2^-32 s.
    @inlinable public var fraction: UInt32 { UInt32(bigEndian: rawFraction) }
    @inlinable public var isUnknown: Bool { rawSeconds == 0 && rawFraction == 0 }

    /// Since 1970. Numbers of seconds without the topmost bit are of the era that begins in 2036 (RFC 4330 section 3).
    @inlinable public var secondsSince1970: UInt64 {
        (UInt64(seconds) &+ (seconds < 1 << 31 ? 1 << 32 : 0)) &- 2_208_988_800
    }
    /// The fraction in nanoseconds, rounded down.
    @inlinable public var nanoseconds: UInt64 { (UInt64(fraction) &* 1_000_000_000) >> 32 }
}

/// The role of an NTP packet's sender (RFC 5905 figure 10).
@frozen public struct NTPMode: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public var name: StaticString {
        switch rawValue {
        case 1: "symmetric active"
        case 2: "symmetric passive"
        case 3: "client"
        case 4: "server"
        case 5: "broadcast"
        case 6: "control"
        case 7: "private"
        default: "reserved"
        }
    }

    /// Control and private messages share only the first byte with the others.
    @inlinable public var hasTimestamps: Bool { rawValue < 6 }
}

extension NTPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        guard let first = cursor.peekByte() else {
            try cursor.require(1, for: .ntp)
            return nil
        }
        let mode = NTPMode(rawValue: first & 7)
        guard isPlausible(first, cursor) else { return nil }
        // Control and private messages: only the first byte is told.
        let length = mode.hasTimestamps ? size : 1
        let isWhole = cursor.captured >= length
        try decoder.append(
            Layer(
                .ntp, at: start, headerLength: isWhole ? length : cursor.captured, end: cursor.end,
                traits: isWhole ? [] : .partial))
        try cursor.require(length, for: .ntp)
        return nil
    }

    /// Whether it can be a message: of a version that exists, with a stratum and a poll interval that are possible.
    private static func isPlausible(_ first: UInt8, _ cursor: borrowing Cursor) -> Bool {
        guard (1...5).contains(first >> 3 & 7) else { return false }
        // Version 1 had no modes (RFC 1305 appendix D).
        let mode = NTPMode(rawValue: first & 7)
        guard mode.rawValue > 0 || first >> 3 & 7 == 1 else { return false }
        guard mode.hasTimestamps else { return true }
        if let stratum = cursor.peekByte(1), stratum > 16 { return false }
        guard let poll = cursor.peekByte(2) else { return true }
        return (-32...32).contains(Int8(bitPattern: poll))
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let bytes = packet.headerBytes(at: index)
        guard bytes.byteCount > 0 else { return }
        let first = bytes.byte(at: 0)
        let mode = NTPMode(rawValue: first & 7)
        if mode.hasTimestamps { sink.number("leap_indicator", first >> 6) }
        sink.number("version", first >> 3 & 7)
        sink.number("mode", mode.rawValue, meaning: mode.name)
        guard let header = packet.header(NTPHeader.self, at: index), mode.hasTimestamps else { return }
        sink.number("stratum", header.stratum)
        // A power of two of seconds below 2^0 or beyond 2^31 is no time between messages.
        if (0..<32).contains(header.poll) { sink.number("poll_seconds", UInt64(1) << UInt64(header.poll)) }
        if (-63...0).contains(header.precision) {
            sink.number("precision_ns", UInt64(1_000_000_000) >> UInt64(-Int(header.precision)))
        }
        sink.number("root_delay_us", (UInt64(header.rootDelay) &* 1_000_000) >> 16)
        sink.number("root_dispersion_us", (UInt64(header.rootDispersion) &* 1_000_000) >> 16)
        if header.stratum > 1 {
            sink.address("reference_id", IPv4Address(rawValue: header.referenceID))
        } else {
            sink.text("reference_id", referenceCode(bytes))
        }
        sink.timestamp("reference_time", header.reference)
        sink.timestamp("origin_time", header.origin)
        sink.timestamp("receive_time", header.receive)
        sink.timestamp("transmit_time", header.transmit)
    }

    /// `NTPv4 server, stratum 1 "GPS"`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        let bytes = packet.headerBytes(at: index)
        guard bytes.byteCount > 0 else { return }
        sink.write("NTPv")
        sink.decimal(bytes.byte(at: 0) >> 3 & 7)
        sink.write(" ")
        sink.write(NTPMode(rawValue: bytes.byte(at: 0) & 7).name)
        if let header = packet.header(NTPHeader.self, at: index), header.mode.hasTimestamps {
            let code = referenceCode(bytes)
            // A client's request leaves both empty.
            if header.stratum > 0 || code.byteCount > 0 {
                sink.write(", stratum ")
                sink.decimal(header.stratum)
            }
            if header.stratum > 1 {
                sink.write(" ")
                sink.address(IPv4Address(rawValue: header.referenceID))
            } else if code.byteCount > 0 {
                sink.write(" \"")
                sink.escaped(code)
                sink.write("\"")
            }
        }
        sink.fault(of: index, in: packet)
    }

    /// The letters of a reference ID, without the zeros that fill it.
    @inlinable
    @_lifetime(copy header)
    static func referenceCode(_ header: RawSpan) -> RawSpan {
        var end = 16
        while end > 12, header.byteCount >= end, header.byte(at: end &- 1) == 0 { end &-= 1 }
        return header.clipped(from: 12, to: end)
    }
}

extension FieldSink where Self: ~Copyable {
    /// Seconds since 1970 with nine decimals; nothing where the time is unknown.
    @inlinable
    mutating func timestamp(_ name: StaticString, _ time: NTPTimestamp) {
        guard !time.isUnknown else { return }
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "."))
        // The last second of the era that begins in 2036 has ten digits.
        var rest = time.secondsSince1970
        for index in stride(from: 9, through: 0, by: -1) {
            digits[index] = UInt8(ascii: "0") &+ UInt8(rest % 10)
            rest /= 10
        }
        rest = time.nanoseconds
        for index in stride(from: 19, through: 11, by: -1) {
            digits[index] = UInt8(ascii: "0") &+ UInt8(rest % 10)
            rest /= 10
        }
        unsafe text(name, digits.span.bytes)
    }
}
