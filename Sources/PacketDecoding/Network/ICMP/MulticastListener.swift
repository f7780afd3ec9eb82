// Multicast listener discovery, in ICMPv6: RFC 2710 (version 1), RFC 3810 (version 2).
//
//    0                        15 16                           31
//   +---------------------------+------------------------------+
//   |  type, code               |           checksum           |
//   |  max. response delay/code |  reserved, or record count   |
//   |            multicast address, 16 bytes                   |
//   |S, robustness, query interv|      number of sources       |  version 2 only
//   |            source addresses, 16 bytes each               |
//   +----------------------------------------------------------+

extension ICMPv6Header {
    /// Length of a version 1 message, and the least of a version 2 query, in bytes.
    @inlinable static var listenerLength1: Int { 24 }
    @inlinable static var listenerLength2: Int { 28 }

    /// - Parameters:
    ///   - bytes: the message, as captured.
    ///   - length: of the message on the wire, in bytes: it tells the version of a query (RFC 3810 section 8.1).
    @inlinable
    static func describeListener(
        _ header: ICMPv6Header, _ bytes: RawSpan, length: Int, to sink: inout some FieldSink & ~Copyable
    ) {
        if header.type == .listenerReportVersion2 {
            sink.number("record_count", header.sequenceNumber)
            return describeRecords(bytes, to: &sink)
        }
        let isVersion2 = header.type == .listenerQuery && length >= listenerLength2
        if isVersion2 {
            sink.number("maximum_response_code", header.identifier)
        } else {
            sink.number("maximum_response_delay", header.identifier)
        }
        guard bytes.byteCount >= listenerLength1 else { return }
        sink.address("multicast_address", IPv6Address(bytes, at: 8))
        guard isVersion2, bytes.byteCount >= listenerLength2 else { return }
        sink.boolean("suppress_router_processing", bytes.byte(at: 24) & 0x08 != 0)
        sink.number("robustness", bytes.byte(at: 24) & 0x07)
        sink.number("query_interval_code", bytes.byte(at: 25))
        let count = Int(bytes.uint16(at: 26))
        sink.number("source_count", count)
        if count > 0 { describeSources(bytes, at: listenerLength2, count: count, to: &sink) }
    }

    /// The records of a version 2 report (RFC 3810 section 5.2), as far as they are there.
    @inlinable
    static func describeRecords(_ bytes: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        sink.beginList("records")
        var offset = size
        while offset &+ 20 <= bytes.byteCount {
            let count = Int(bytes.uint16(at: offset &+ 2))
            sink.beginItem("record")
            sink.number("type", bytes.byte(at: offset), meaning: recordMeaning(bytes.byte(at: offset)))
            sink.address("multicast_address", IPv6Address(bytes, at: offset &+ 4))
            sink.number("source_count", count)
            if count > 0 { describeSources(bytes, at: offset &+ 20, count: count, to: &sink) }
            sink.endItem()
            // Auxiliary data, in 32-bit words, comes last.
            offset &+= 20 &+ count &* 16 &+ Int(bytes.byte(at: offset &+ 1)) &* 4
        }
        sink.endList()
    }

    @inlinable
    static func describeSources(
        _ bytes: RawSpan, at start: Int, count: Int, to sink: inout some FieldSink & ~Copyable
    ) {
        sink.beginList("sources")
        var offset = start
        let end = min(bytes.byteCount, start &+ count &* 16)
        while offset &+ 16 <= end {
            sink.beginItem("source")
            sink.address("address", IPv6Address(bytes, at: offset))
            sink.endItem()
            offset &+= 16
        }
        sink.endList()
    }

    /// RFC 3810 section 5.2.12.
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

    /// tcpdump's words after the type's name; false when what they take was not captured.
    @inlinable
    static func sayListener(
        _ header: ICMPv6Header, _ bytes: RawSpan, length: Int, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        if header.type == .listenerReportVersion2 {
            sink.write(", ")
            sink.decimal(header.sequenceNumber)
            sink.write(" group record(s)")
        } else if header.type != .listenerQuery || length == listenerLength1 {
            guard bytes.byteCount >= listenerLength1 else { return true }
            // tcpdump puts no space before.
            sink.write("max resp delay: ")
            sink.decimal(header.identifier)
            sink.write(" addr: ")
            sink.address(IPv6Address(bytes, at: 8))
        } else if length >= listenerLength2 {
            sink.write(" v2")
            guard bytes.byteCount >= listenerLength2 else { return false }
            sink.write(" [gaddr ")
            sink.address(IPv6Address(bytes, at: 8))
            let count = Int(bytes.uint16(at: 26))
            if length < listenerLength2 &+ count &* 16 {
                sink.write(" [invalid number of sources]")
            } else if count > 0 {
                sink.write(", ")
                sink.decimal(count)
                sink.write(" source(s)")
            }
            sink.write("]")
        } else {
            sink.write(" unknown-version (len ")
            sink.decimal(length)
            sink.write(") ")
        }
        return true
    }
}
