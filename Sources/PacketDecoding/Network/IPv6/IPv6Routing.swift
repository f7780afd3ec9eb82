// IPv6 routing header: RFC 8200 section 4.4. Type 0: RFC 2460 section 4.4, deprecated by RFC 5095. Type 2: RFC 6275
// section 6.4. Type 3: RFC 6554. Type 4: RFC 8754.
//
//    0           7 8          15 16         23 24           31
//   +-------------+-------------+-------------+---------------+
//   | next header |   length    |routing type | segments left |
//   |                    depends on the type                  |
//   +-------------+-------------+-------------+---------------+

/// The first four bytes of a routing header, as on the wire.
@frozen public struct IPv6RoutingHeader: IPv6ExtensionHeader {
    @usableFromInline let rawNextHeader, rawLength: UInt8
    @usableFromInline let rawType, rawSegmentsLeft: UInt8

    @inlinable public static var layer: LayerKind { .routing }

    @inlinable public var nextHeader: IPProtocol { IPProtocol(rawValue: rawNextHeader) }
    /// In bytes: 8 to 2048.
    @inlinable public var headerLength: Int { (Int(rawLength) &+ 1) &* 8 }
    @inlinable public var routingType: UInt8 { rawType }
    /// Nodes still to be visited before the final destination.
    @inlinable public var segmentsLeft: UInt8 { rawSegmentsLeft }

    /// The name in the IANA registry of IPv6 routing types.
    @inlinable public var typeName: StaticString? {
        switch routingType {
        case 0: "source route"
        case 1: "Nimrod"
        case 2: "type 2"
        case 3: "RPL source route"
        case 4: "segment routing"
        default: nil
        }
    }

    /// How many whole addresses types 0, 2 and 4 hold, in the order of the header; 0 for other types.
    ///
    /// - Parameter bytes: the header from its first byte on.
    @inlinable
    func addressCount(_ bytes: RawSpan) -> Int {
        let room = bytes.byteCount &- 8
        guard room >= 16 else { return 0 }
        switch routingType {
        case 0: return room / 16
        case 2: return 1
        // Type-length-value objects may follow the segments (RFC 8754 section 2.1).
        case 4: return min(room / 16, Int(bytes.byte(at: 4)) &+ 1)
        default: return 0
        }
    }

    /// Where the packet is bound for in the end; nil when it is on its last leg, and for types that do not tell.
    ///
    /// - Parameters:
    ///   - bytes: the header from its first byte on.
    ///   - destination: of the IPv6 header, which type 3 leaves out what addresses have in common with.
    @inlinable
    func finalDestination(_ bytes: RawSpan, destination: IPv6Address) -> IPv6Address? {
        guard segmentsLeft > 0 else { return nil }
        if routingType == 3 { return compressedFinalDestination(bytes, destination: destination) }
        let count = addressCount(bytes)
        guard count > 0 else { return nil }
        // Segment routing lists the path backwards.
        let last = routingType == 4 ? 0 : count &- 1
        return IPv6Address(bytes, at: 8 &+ last &* 16)
    }

    /// The last address of a type 3 header, which lies before the padding without the leading octets that it has in
    /// common with the IPv6 destination (RFC 6554 section 3).
    @inlinable
    func compressedFinalDestination(_ bytes: RawSpan, destination: IPv6Address) -> IPv6Address? {
        guard bytes.byteCount >= 8 else { return nil }
        let elided = Int(bytes.byte(at: 4) & 0x0f)
        let padding = Int(bytes.byte(at: 5) >> 4)
        let start = bytes.byteCount &- padding &- (16 &- elided)
        guard start >= 8 else { return nil }
        var high = destination.high
        var low = destination.low
        for position in elided..<16 {
            let byte = UInt64(bytes.byte(at: start &+ position &- elided))
            let shift = UInt64((7 &- (position & 7)) &* 8)
            if position < 8 {
                high = high & ~(0xff &<< shift) | byte &<< shift
            } else {
                low = low & ~(0xff &<< shift) | byte &<< shift
            }
        }
        return IPv6Address(high: high, low: low)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(IPv6RoutingHeader.self, at: index) else {
            let bytes = packet.headerBytes(at: index)
            sink.extensionHeaderBeginning(bytes)
            if bytes.byteCount >= 3 { sink.number("routing_type", bytes.byte(at: 2)) }
            return
        }
        sink.extensionHeader(header)
        sink.number("routing_type", header.routingType, meaning: header.typeName)
        sink.number("segments_left", header.segmentsLeft)
        let bytes = packet.headerBytes(at: index)
        let count = header.addressCount(bytes)
        guard count > 0 else { return }
        sink.beginList("segments")
        for number in 0..<count {
            sink.beginItem("segment")
            sink.address("address", IPv6Address(bytes, at: 8 &+ number &* 16))
            sink.endItem()
        }
        sink.endList()
    }

    /// `RT6 (len=2, type=2, segleft=1, [0]2001:db8::1)`, the length in units of eight bytes after the first.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(IPv6RoutingHeader.self, at: index) else { return }
        let bytes = packet.headerBytes(at: index)
        sink.write("RT6 (len=")
        sink.decimal(header.rawLength)
        sink.write(", type=")
        sink.decimal(header.routingType)
        if header.routingType == 0 { sink.write(" [Deprecated]") }
        sink.write(", segleft=")
        sink.decimal(header.segmentsLeft)
        if header.routingType == 4 && bytes.byteCount >= 8 {
            sink.write(", last-entry=")
            sink.decimal(bytes.byte(at: 4))
            sink.write(", tag=")
            sink.hex(UInt64(bytes.uint16(at: 6)), digits: 0)
        }
        for number in 0..<header.addressCount(bytes) {
            sink.write(", [")
            sink.decimal(number)
            sink.write("]")
            sink.address(IPv6Address(bytes, at: 8 &+ number &* 16))
        }
        sink.write(")")
    }
}

extension Packet {
    /// Where an IPv6 packet whose routing header has segments left is bound for in the end, which its checksums cover
    /// (RFC 8200 section 8.1); nil when the IPv6 header's destination is the final one.
    ///
    /// - Parameter index: of an IPv6 layer.
    @inlinable
    public func finalDestination(ofIPv6At index: Int) -> IPv6Address? {
        guard let network = header(IPv6Header.self, at: index) else { return nil }
        var result: IPv6Address?
        var next = index &+ 1
        while next < layers.count, layers[next].kind.isIPv6Extension {
            if !layers[next].traits.contains(.partial), let routing = header(IPv6RoutingHeader.self, at: next),
                let final = routing.finalDestination(headerBytes(at: next), destination: network.destination)
            {
                result = final
            }
            next &+= 1
        }
        return result
    }
}
