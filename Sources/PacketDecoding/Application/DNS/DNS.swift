// DNS: RFC 1035 section 4.1. Over TCP: RFC 7766 section 8. Multicast DNS: RFC 6762.
//
//    0                  15 16 17    20 21 22 23 24   27 28    31
//   +---------------------+--+--------+--+--+--+--+----+--------+
//   |     identifier      |QR| opcode |AA|TC|RD|RA|0..0| rcode  |
//   |   question count    |           answer count              |
//   |   authority count   |          additional count           |
//   |          questions, answers, authorities, additionals     |
//   +---------------------+-------------------------------------+

/// The header of a DNS message, as on the wire (12 bytes).
@frozen public struct DNSHeader: WireHeader {
    @usableFromInline let rawIdentifier, rawFlags: UInt16
    @usableFromInline let rawQuestions, rawAnswers, rawAuthorities, rawAdditionals: UInt16

    @inlinable public static var layer: LayerKind { .dns }

    @inlinable public static func begins(_ kind: LayerKind) -> Bool { kind == .dns || kind == .mdns }

    /// Over TCP behind the length that comes before each message.
    @inlinable public static func offset(inLayer index: Int, of packet: Packet) -> Int {
        packet.layers[index].offset &+ (DNSMessage.isInStream(index, of: packet) ? 2 : 0)
    }

    /// What a response repeats of its query; 0 in multicast DNS.
    @inlinable public var identifier: UInt16 { UInt16(bigEndian: rawIdentifier) }
    @inlinable public var isResponse: Bool { UInt16(bigEndian: rawFlags) & 0x8000 != 0 }
    @inlinable public var operation: DNSOperation {
        DNSOperation(rawValue: UInt8(truncatingIfNeeded: UInt16(bigEndian: rawFlags) >> 11) & 0x0f)
    }
    @inlinable public var isAuthoritative: Bool { UInt16(bigEndian: rawFlags) & 0x0400 != 0 }
    /// The response was too long for its transport, or a multicast query's known answers go on.
    @inlinable public var isTruncated: Bool { UInt16(bigEndian: rawFlags) & 0x0200 != 0 }
    @inlinable public var recursionDesired: Bool { UInt16(bigEndian: rawFlags) & 0x0100 != 0 }
    @inlinable public var recursionAvailable: Bool { UInt16(bigEndian: rawFlags) & 0x0080 != 0 }
    /// Whether the reserved bit is set, which must be zero.
    @inlinable public var hasReservedFlag: Bool { UInt16(bigEndian: rawFlags) & 0x0040 != 0 }
    /// The low four bits; an OPT record holds the high ones (RFC 6891 section 6.1.3).
    @inlinable public var responseCode: DNSResponseCode {
        DNSResponseCode(rawValue: UInt16(bigEndian: rawFlags) & 0x0f)
    }
    @inlinable public var questionCount: Int { Int(UInt16(bigEndian: rawQuestions)) }
    @inlinable public var answerCount: Int { Int(UInt16(bigEndian: rawAnswers)) }
    @inlinable public var authorityCount: Int { Int(UInt16(bigEndian: rawAuthorities)) }
    @inlinable public var additionalCount: Int { Int(UInt16(bigEndian: rawAdditionals)) }
}

/// What a DNS message is about (IANA, DNS OpCodes).
@frozen public struct DNSOperation: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var query: DNSOperation { DNSOperation(rawValue: 0) }

    @inlinable public var name: StaticString? {
        switch rawValue {
        case 0: "query"
        case 1: "inverse query"
        case 2: "status"
        case 4: "notify"
        case 5: "update"
        case 6: "stateful operation"
        default: nil
        }
    }
}

/// How a query went (IANA, DNS RCODEs): the header's four bits, and above them the eight of an OPT record.
@frozen public struct DNSResponseCode: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var noError: DNSResponseCode { DNSResponseCode(rawValue: 0) }

    @inlinable public var name: StaticString? {
        switch rawValue {
        case 0: "no error"
        case 1: "format error"
        case 2: "server failure"
        case 3: "no such name"
        case 4: "not implemented"
        case 5: "refused"
        case 6: "name exists"
        case 7: "record set exists"
        case 8: "no such record set"
        case 9: "not authoritative"
        case 10: "not in zone"
        case 11: "stateful type not implemented"
        // RFC 6891 section 9; in a TSIG record, which has a field of its own, the number means a bad signature.
        case 16: "bad version"
        case 17: "bad key"
        case 18: "bad time"
        case 19: "bad mode"
        case 20: "bad key name"
        case 21: "bad algorithm"
        case 22: "bad truncation"
        case 23: "bad cookie"
        default: nil
        }
    }
}

/// A DNS message to or from port 53.
public enum DNS: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        try DNSMessage.decode(.dns, &cursor, into: &decoder)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        DNSMessage.describe(index, of: packet, to: &sink)
    }

    /// `DNS query 0x1a2b A example.org`, `DNS response 0x1a2b A example.org: A 192.0.2.1`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        DNSMessage.summarize(index, of: packet, "DNS", context, to: &sink)
    }
}

/// A multicast DNS message: the same format, two bits with meanings of their own.
public enum MulticastDNS: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        try DNSMessage.decode(.mdns, &cursor, into: &decoder)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        DNSMessage.describe(index, of: packet, to: &sink)
    }

    /// `mDNS query PTR _ipp._tcp.local`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        DNSMessage.summarize(index, of: packet, "mDNS", context, to: &sink)
    }
}
