// IPv4 options: RFC 791 section 3.1. Type 0 ends the list, type 1 is one byte, every other has a length.
//
//    0        7 8       15
//   +----------+----------+------------
//   |   type   |  length  |  data ...
//   +----------+----------+------------

/// One option of an IPv4 header.
@frozen public struct IPv4Option: BitwiseCopyable, Hashable, Sendable {
    /// The whole octet: copied flag, class and number.
    public let type: UInt8
    /// With type and length octets, in bytes; 1 for types 0 and 1, which have no length octet.
    public let length: Int
    /// Of the type octet, within the option area.
    public let offset: Int

    @inlinable public var hasLength: Bool { type > 1 }

    /// The name in the IANA registry of IP option numbers.
    @inlinable public var name: StaticString? {
        switch type {
        case 0: "end of options"
        case 1: "no operation"
        case 7: "record route"
        case 25: "quick start"
        case 68: "timestamp"
        case 82: "traceroute"
        case 130: "security"
        case 131: "loose source route"
        case 133: "extended security"
        case 134: "commercial security"
        case 136: "stream identifier"
        case 137: "strict source route"
        case 148: "router alert"
        default: nil
        }
    }

    /// The option at `offset` of an option area; nil at its end and where an option overruns it.
    @inlinable
    public init?(in area: RawSpan, at offset: Int) {
        guard offset < area.byteCount else { return nil }
        let type = area.byte(at: offset)
        var length = 1
        if type > 1 {
            guard offset &+ 2 <= area.byteCount else { return nil }
            length = Int(area.byte(at: offset &+ 1))
            guard length >= 2, offset &+ length <= area.byteCount else { return nil }
        }
        self.type = type
        self.length = length
        self.offset = offset
    }

    /// The options of `area` up to the first of type 0, as a list called `options`.
    @inlinable
    public static func describe(_ area: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        sink.beginList("options")
        var offset = 0
        while let option = IPv4Option(in: area, at: offset) {
            sink.beginItem(option.name ?? "option")
            sink.number("type", option.type)
            if option.hasLength {
                sink.number("length", option.length)
                sink.bytes("data", area.clipped(from: offset &+ 2, to: offset &+ option.length))
            }
            sink.endItem()
            if option.type == 0 { break }
            offset &+= option.length
        }
        sink.endList()
    }
}

extension Packet {
    /// Where an IPv4 packet with a source route still to go is bound for in the end (RFC 791 section 3.1), which its
    /// checksums cover; nil when the header's destination is the final one.
    ///
    /// - Parameter index: of an IPv4 layer.
    @inlinable
    public func finalDestination(ofIPv4At index: Int) -> IPv4Address? {
        guard layers[index].headerLength > IPv4Header.size else { return nil }
        let area = headerBytes(at: index).clipped(from: IPv4Header.size, to: layers[index].headerLength)
        var offset = 0
        while let option = IPv4Option(in: area, at: offset), option.type != 0 {
            if option.type == 131 || option.type == 137, option.length >= 7 {
                // The pointer counts from the option's first byte, which is 1; past the end, the route is done.
                let pointer = Int(area.byte(at: offset &+ 2))
                guard pointer <= option.length else { return nil }
                return IPv4Address(rawValue: area.uint32(at: offset &+ option.length &- 4))
            }
            offset &+= option.length
        }
        return nil
    }
}
