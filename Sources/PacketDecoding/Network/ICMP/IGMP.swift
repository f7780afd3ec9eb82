// Internet group management protocol: RFC 1112 appendix I (version 1), RFC 2236 (version 2), RFC 3376 (version 3).
//
//    0          7 8             15 16                       31
//   +------------+----------------+----------------------------+
//   |    type    | max. resp. time|          checksum          |
//   |     group address, or in a version 3 report: reserved,   |
//   |     number of group records                              |
//   |S, robustness, query interval|     number of sources      |  version 3 query
//   |     source addresses, or group records ...               |
//   +-----------------------------------------------------------+

/// The first eight bytes of an IGMP message, as on the wire.
@frozen public struct IGMPHeader: WireHeader {
    @usableFromInline let rawType, rawResponseTime: UInt8
    @usableFromInline let rawChecksum: UInt16
    @usableFromInline let rawGroup: UInt32

    @inlinable public static var layer: LayerKind { .igmp }

    @inlinable public var type: IGMPType { IGMPType(rawValue: rawType) }
    /// Of a query, in tenths of a second; from 128 in version 3 a floating point number (RFC 3376 section 4.1.1).
    @inlinable public var maximumResponseCode: UInt8 { rawResponseTime }
    /// Over the whole message.
    @inlinable public var checksum: UInt16 { UInt16(bigEndian: rawChecksum) }
    /// 0.0.0.0 asks for every group.
    @inlinable public var group: IPv4Address { IPv4Address(rawValue: UInt32(bigEndian: rawGroup)) }
    /// Of a version 3 report.
    @inlinable public var recordCount: Int { Int(UInt16(truncatingIfNeeded: UInt32(bigEndian: rawGroup))) }

    /// In tenths of a second.
    @inlinable public var maximumResponseTime: Int {
        let code = Int(maximumResponseCode)
        return code < 128 ? code : (code & 0x0f | 0x10) &<< ((code >> 4 & 0x07) &+ 3)
    }

    /// - Parameter length: of the message, in bytes, which tells the version of a query (RFC 3376 section 7.1).
    @inlinable
    public func version(length: Int) -> UInt8? {
        switch type {
        case .query: length >= 12 ? 3 : maximumResponseCode == 0 ? 1 : 2
        case .report1: 1
        case .report2, .leave: 2
        case .report3: 3
        default: nil
        }
    }
}

/// What an IGMP message is (IANA, IGMP Type Numbers).
@frozen public struct IGMPType: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var query: IGMPType { IGMPType(rawValue: 0x11) }
    @inlinable public static var report1: IGMPType { IGMPType(rawValue: 0x12) }
    @inlinable public static var report2: IGMPType { IGMPType(rawValue: 0x16) }
    @inlinable public static var leave: IGMPType { IGMPType(rawValue: 0x17) }
    @inlinable public static var report3: IGMPType { IGMPType(rawValue: 0x22) }

    /// Of a message, in bytes; nil where the type is unknown, and with it what the checksum covers.
    @inlinable public var leastLength: Int? {
        switch rawValue {
        // Version 0: RFC 988 appendix I.
        case 0x00...0x0f: 20
        // Multicast traceroute has 0x1e and 0x1f (draft-ietf-idmr-traceroute-ipm).
        case 0x11, 0x12, 0x16, 0x17, 0x1e, 0x1f, 0x22: 8
        default: nil
        }
    }

    @inlinable public var name: StaticString? {
        switch self {
        case .query: "membership query"
        case .report1: "version 1 membership report"
        case .report2: "version 2 membership report"
        case .leave: "leave group"
        case .report3: "version 3 membership report"
        default: nil
        }
    }
}

extension IGMPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        _ = try decoder.readPartial(IGMPHeader.self, &cursor)
        let length = size &+ cursor.remaining
        let isWhole = cursor.captured == cursor.remaining
        try decoder.append(
            Layer(.igmp, at: start, headerLength: length, end: cursor.end, traits: isWhole ? [] : .partial))
        guard isWhole else { throw cursor.shortage(of: length, since: start, for: .igmp) }
        return nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let bytes = packet.headerBytes(at: index)
        guard let header = packet.header(IGMPHeader.self, at: index) else {
            guard bytes.byteCount >= 4 else { return }
            let type = IGMPType(rawValue: bytes.byte(at: 0))
            sink.hexNumber("type", type.rawValue, digits: 2, meaning: type.name)
            return sink.checksum(bytes.uint16(at: 2), checksumStatus(at: index, of: packet))
        }
        let version = header.version(length: packet.layers[index].length)
        if let version { sink.number("version", version) }
        sink.hexNumber("type", header.type.rawValue, digits: 2, meaning: header.type.name)
        if header.type == .query && version != 1 {
            sink.number("maximum_response_time", header.maximumResponseTime)
        }
        sink.checksum(header.checksum, checksumStatus(at: index, of: packet))
        guard let version else { return }
        guard header.type == .report3 else {
            sink.address("group_address", header.group)
            guard version == 3, bytes.byteCount >= 12 else { return }
            sink.boolean("suppress_router_processing", bytes.byte(at: 8) & 0x08 != 0)
            sink.number("robustness", bytes.byte(at: 8) & 0x07)
            sink.number("query_interval_code", bytes.byte(at: 9))
            sink.number("source_count", bytes.uint16(at: 10))
            return describeSources(bytes, at: 12, count: Int(bytes.uint16(at: 10)), to: &sink)
        }
        sink.number("record_count", header.recordCount)
        describeRecords(bytes, to: &sink)
    }

    /// The group records of a version 3 report (RFC 3376 section 4.2.4), as far as they are there.
    @inlinable
    static func describeRecords(_ bytes: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        sink.beginList("records")
        var offset = size
        while offset &+ 8 <= bytes.byteCount {
            let count = Int(bytes.uint16(at: offset &+ 2))
            sink.beginItem("record")
            sink.number("type", bytes.byte(at: offset), meaning: recordMeaning(bytes.byte(at: offset)))
            sink.address("group_address", IPv4Address(rawValue: bytes.uint32(at: offset &+ 4)))
            sink.number("source_count", count)
            describeSources(bytes, at: offset &+ 8, count: count, to: &sink)
            sink.endItem()
            // Auxiliary data, in 32-bit words, comes last.
            offset &+= 8 &+ count &* 4 &+ Int(bytes.byte(at: offset &+ 1)) &* 4
        }
        sink.endList()
    }

    @inlinable
    static func describeSources(
        _ bytes: RawSpan, at start: Int, count: Int, to sink: inout some FieldSink & ~Copyable
    ) {
        guard count > 0 else { return }
        sink.beginList("sources")
        var offset = start
        let end = min(bytes.byteCount, start &+ count &* 4)
        while offset &+ 4 <= end {
            sink.beginItem("source")
            sink.address("address", IPv4Address(rawValue: bytes.uint32(at: offset)))
            sink.endItem()
            offset &+= 4
        }
        sink.endList()
    }

    /// RFC 3376 section 4.2.12.
    @inlinable
    static func recordMeaning(_ type: UInt8) -> StaticString? {
        switch type {
        case 1: "mode is include"
        case 2: "mode is exclude"
        case 3: "change to include mode"
        case 4: "change to exclude mode"
        case 5: "allow new sources"
        case 6: "block old sources"
        default: nil
        }
    }

    /// `igmp query v2`, `igmp v2 report 224.0.0.251`, `igmp leave 224.0.0.251`, `igmp v3 report, 1 group record(s)`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(IGMPHeader.self, at: index) else { return sink.write("igmp [|igmp]") }
        let length = packet.layers[index].length
        sink.write("igmp")
        switch header.type {
        case .query: sayQuery(header, index, of: packet, to: &sink)
        case .report1:
            sink.write(" v1 report ")
            sink.address(header.group)
        case .report2:
            sink.write(" v2 report ")
            sink.address(header.group)
        case .leave:
            sink.write(" leave ")
            sink.address(header.group)
        case .report3 where length < 16:
            sink.write(" v3 report [invalid len ")
            sink.decimal(length)
            sink.write("]")
        case .report3:
            sink.write(" v3 report, ")
            sink.decimal(header.recordCount)
            sink.write(" group record(s)")
        default:
            sink.write("-")
            sink.decimal(header.type.rawValue)
        }
        if checksumStatus(at: index, of: packet) == .bad { sink.write(" bad igmp cksum") }
    }

    @inlinable
    static func sayQuery(
        _ header: IGMPHeader, _ index: Int, of packet: Packet, to sink: inout some TextSink & ~Copyable
    ) {
        sink.write(" query v")
        let version = header.version(length: packet.layers[index].length) ?? 1
        sink.decimal(version)
        if version > 1 && header.maximumResponseCode != 100 {
            sink.write(" [max resp time ")
            sink.decimal(header.maximumResponseTime / 10)
            if header.maximumResponseTime % 10 != 0 {
                sink.write(".")
                sink.decimal(header.maximumResponseTime % 10)
            }
            sink.write("s]")
        }
        guard header.group.rawValue != 0 else { return }
        let bytes = packet.headerBytes(at: index)
        sink.write(" [gaddr ")
        sink.address(header.group)
        if version == 3, bytes.byteCount >= 12, bytes.uint16(at: 10) > 0 {
            sink.write(", ")
            sink.decimal(bytes.uint16(at: 10))
            sink.write(" source(s)")
        }
        sink.write("]")
    }

    /// Verifies the checksum of IGMP layer `index` over what was captured.
    @inlinable
    public static func checksumStatus(at index: Int, of packet: Packet) -> ChecksumStatus {
        let layer = packet.layers[index]
        let end = packet.wireEnd(at: index)
        guard packet.holdsWhole(end &- layer.offset, at: index), layer.length >= 8,
            layer.length >= IGMPType(rawValue: packet.frame.bytes.byte(at: layer.offset)).leastLength ?? .max
        else { return .unverified }
        var sum = InternetChecksum()
        sum.add(packet.frame.bytes.clipped(from: layer.offset, to: end))
        return sum.folded == 0xffff ? .good : .bad
    }
}
