// Questions and resource records: RFC 1035 sections 4.1.2 and 4.1.3. AAAA: RFC 3596. SRV: RFC 2782. OPT: RFC 6891.
// SVCB and HTTPS: RFC 9460.
//
//   +--------//-----+----------+----------+ - - - - - - +-------------+------//-----+
//   |     name      |   type   |  class   | time to live| data length |    data     |
//   +--------//-----+----------+----------+ - - - - - - +-------------+------//-----+

/// The type of a resource record, or of what is asked for (IANA, Domain Name System Parameters).
@frozen public struct DNSRecordType: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The mnemonic; nil for a type without one here.
    @inlinable public var name: StaticString? {
        switch rawValue {
        case 1: "A"
        case 2: "NS"
        case 5: "CNAME"
        case 6: "SOA"
        case 10: "NULL"
        case 12: "PTR"
        case 13: "HINFO"
        case 15: "MX"
        case 16: "TXT"
        case 28: "AAAA"
        case 29: "LOC"
        case 33: "SRV"
        case 35: "NAPTR"
        case 39: "DNAME"
        case 41: "OPT"
        case 43: "DS"
        case 44: "SSHFP"
        case 46: "RRSIG"
        case 47: "NSEC"
        case 48: "DNSKEY"
        case 50: "NSEC3"
        case 52: "TLSA"
        case 64: "SVCB"
        case 65: "HTTPS"
        case 249: "TKEY"
        case 250: "TSIG"
        case 251: "IXFR"
        case 252: "AXFR"
        case 255: "ANY"
        case 257: "CAA"
        default: nil
        }
    }
}

/// Where one question or resource record lies in its message.
@usableFromInline struct DNSEntry {
    /// Offset of the name.
    @usableFromInline let name: Int
    @usableFromInline let type: DNSRecordType
    /// With the topmost bit, which has a meaning of its own in mDNS (RFC 6762 sections 5.4 and 10.2).
    @usableFromInline let recordClass: UInt16
    /// Seconds the record may be kept; 0 in a question.
    @usableFromInline let timeToLive: UInt32
    /// Where its data lies; empty in a question.
    @usableFromInline let data: Range<Int>

    @usableFromInline var end: Int { data.upperBound }

    @usableFromInline
    init(questionAt offset: Int, in message: RawSpan) throws(DNSFlaw) {
        let fixed = try DNSLabels.end(ofNameAt: offset, in: message)
        guard fixed &+ 4 <= message.byteCount else { throw .cut(needed: fixed &+ 4) }
        name = offset
        type = DNSRecordType(rawValue: message.uint16(at: fixed))
        recordClass = message.uint16(at: fixed &+ 2)
        timeToLive = 0
        data = fixed &+ 4..<fixed &+ 4
    }

    @usableFromInline
    init(recordAt offset: Int, in message: RawSpan) throws(DNSFlaw) {
        let fixed = try DNSLabels.end(ofNameAt: offset, in: message)
        guard fixed &+ 10 <= message.byteCount else { throw .cut(needed: fixed &+ 10) }
        let end = fixed &+ 10 &+ Int(message.uint16(at: fixed &+ 8))
        guard end <= message.byteCount else { throw .cut(needed: end) }
        name = offset
        type = DNSRecordType(rawValue: message.uint16(at: fixed))
        recordClass = message.uint16(at: fixed &+ 2)
        timeToLive = message.uint32(at: fixed &+ 4)
        data = fixed &+ 10..<end
        try check(message)
    }

    /// Whether the data is as the type demands. No data at all is an update's (RFC 2136 section 2.4).
    private func check(_ message: RawSpan) throws(DNSFlaw) {
        guard !data.isEmpty else { return }
        switch type.rawValue {
        case 1: guard data.count == 4 else { throw .badLength(data.count) }
        case 28: guard data.count == 16 else { throw .badLength(data.count) }
        case 2, 5, 12, 39: try checkName(at: 0, in: message, followedBy: 0)
        case 15: try checkName(at: 2, in: message, followedBy: 0)
        case 33: try checkName(at: 6, in: message, followedBy: 0)
        case 64, 65: try checkName(at: 2, in: message, followedBy: nil)
        case 6:
            let second = try DNSLabels.end(ofNameAt: data.lowerBound, in: message)
            try checkName(at: second &- data.lowerBound, in: message, followedBy: 20)
        case 16:
            var offset = data.lowerBound
            while offset < data.upperBound { offset &+= 1 &+ Int(message.byte(at: offset)) }
            guard offset == data.upperBound else { throw .badLength(data.count) }
        default: break
        }
    }

    /// - Parameter rest: bytes of data after the name; nil where there can be any number.
    private func checkName(at start: Int, in message: RawSpan, followedBy rest: Int?) throws(DNSFlaw) {
        let end = try DNSLabels.end(ofNameAt: data.lowerBound &+ start, in: message)
        guard end &+ (rest ?? 0) <= data.upperBound, rest == nil || end &+ (rest ?? 0) == data.upperBound else {
            throw .badLength(data.count)
        }
    }
}

extension FieldSink where Self: ~Copyable {
    /// A name, or nothing where it cannot be read.
    @inlinable
    mutating func domainName(_ name: StaticString, at offset: Int, in message: RawSpan) {
        guard let domain = try? DNSName(message, at: offset) else { return }
        textWithEscapes(name, domain.bytes)
    }

    @inlinable
    mutating func question(_ entry: DNSEntry, in message: RawSpan, isMulticast: Bool) {
        domainName("name", at: entry.name, in: message)
        number("type", entry.type.rawValue, meaning: entry.type.name)
        number("class", isMulticast ? entry.recordClass & 0x7fff : entry.recordClass)
        if isMulticast { boolean("unicast_response", entry.recordClass & 0x8000 != 0) }
    }

    /// A record that ``DNSEntry`` has found sound.
    @inlinable
    mutating func record(_ entry: DNSEntry, in message: RawSpan, isMulticast: Bool) {
        domainName("name", at: entry.name, in: message)
        number("type", entry.type.rawValue, meaning: entry.type.name)
        if entry.type.rawValue == 41 {
            // RFC 6891 section 6.1.3: class and time to live have other meanings.
            number("udp_payload_size", entry.recordClass)
            number("extended_response_code", entry.timeToLive >> 24)
            number("version", entry.timeToLive >> 16 & 0xff)
            boolean("dnssec_ok", entry.timeToLive & 0x8000 != 0)
        } else {
            number("class", isMulticast ? entry.recordClass & 0x7fff : entry.recordClass)
            if isMulticast { boolean("cache_flush", entry.recordClass & 0x8000 != 0) }
            number("ttl", entry.timeToLive)
        }
        if !entry.data.isEmpty { recordData(entry, in: message) }
    }

    @inlinable
    mutating func recordData(_ entry: DNSEntry, in message: RawSpan) {
        let start = entry.data.lowerBound
        switch entry.type.rawValue {
        case 1: address("address", IPv4Address(rawValue: message.uint32(at: start)))
        case 28: address("address", IPv6Address(message, at: start))
        case 2, 5, 12, 39: domainName("target", at: start, in: message)
        case 15:
            number("preference", message.uint16(at: start))
            domainName("exchange", at: start &+ 2, in: message)
        case 33:
            number("priority", message.uint16(at: start))
            number("weight", message.uint16(at: start &+ 2))
            number("port", message.uint16(at: start &+ 4))
            domainName("target", at: start &+ 6, in: message)
        case 64, 65: serviceBinding(entry, in: message)
        case 6:
            domainName("primary_server", at: start, in: message)
            if let second = try? DNSLabels.end(ofNameAt: start, in: message) {
                domainName("mailbox", at: second, in: message)
            }
            number("serial", message.uint32(at: entry.end &- 20))
            number("refresh", message.uint32(at: entry.end &- 16))
            number("retry", message.uint32(at: entry.end &- 12))
            number("expire", message.uint32(at: entry.end &- 8))
            number("minimum", message.uint32(at: entry.end &- 4))
        case 16:
            beginList("texts")
            var offset = start
            while let string = DNSCharacterString(in: message, at: offset, before: entry.end) {
                beginItem("text")
                text("text", message.extracting(string.range))
                endItem()
                offset = string.end
            }
            endList()
        case 13, 35, 257: serviceRecord(entry, in: message)
        default: bytes("data", message.extracting(entry.data))
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// A name in its text form, as far as it can be read.
    @inlinable
    mutating func domainName(at offset: Int, in message: RawSpan) {
        var labels = DNSLabels(at: offset)
        guard var label = try? labels.next(in: message) else { return write(".") }
        while true {
            self.label(label, in: message)
            guard let next = try? labels.next(in: message) else { return }
            write(byte: 0x2e)
            label = next
        }
    }

    @inlinable
    mutating func label(_ label: Range<Int>, in message: RawSpan) {
        var index = label.lowerBound
        while index < label.upperBound {
            switch DNSLabelPiece(in: message, at: index, before: label.upperBound) {
            case .plain(let length):
                escaped(message.clipped(from: index, to: index &+ length))
                index &+= length
            case .quoted(let byte):
                write(byte: 0x5c)
                write(byte: byte)
                index &+= 1
            case .number(let byte):
                write(byte: 0x5c)
                write(byte: 0x30 &+ byte / 100)
                write(byte: 0x30 &+ byte / 10 % 10)
                write(byte: 0x30 &+ byte % 10)
                index &+= 1
            }
        }
    }

    /// The type and what a line has room for: `A 192.0.2.1`.
    @inlinable
    mutating func record(_ entry: DNSEntry, in message: RawSpan) {
        recordType(entry.type)
        guard !entry.data.isEmpty else { return }
        let start = entry.data.lowerBound
        switch entry.type.rawValue {
        case 1:
            write(" ")
            address(IPv4Address(rawValue: message.uint32(at: start)))
        case 28:
            write(" ")
            address(IPv6Address(message, at: start))
        case 2, 5, 6, 12, 39:
            write(" ")
            domainName(at: start, in: message)
        case 15:
            write(" ")
            domainName(at: start &+ 2, in: message)
        case 33:
            write(" ")
            domainName(at: start &+ 6, in: message)
            write(":")
            decimal(message.uint16(at: start &+ 4))
        case 16: characterStrings(message, entry.data)
        case 13, 35, 64, 65, 257: serviceRecord(entry, in: message)
        default: break
        }
    }

    @inlinable
    mutating func recordType(_ type: DNSRecordType) {
        if type.name == nil { write("TYPE") }
        name(type.name, or: type.rawValue)
    }
}
