// Records whose data are texts beside names and numbers. HINFO, TXT: RFC 1035 section 3.3. NAPTR: RFC 3403. SVCB and
// HTTPS: RFC 9460. CAA: RFC 8659.
//
//   character string         NAPTR                             CAA                     SVCB, HTTPS
//   +--------+---//---+      +-------+------------+ - -         +-------+-----+ - -      +----------+--------+ - - - - - -
//   | length |  text  |      | order | preference | strings     | flags | tag | value    | priority | target | parameters
//   +--------+---//---+      +-------+------------+ - -         +-------+-----+ - -      +----------+--------+ - - - - - -

/// A text after its length, which lies whole in what it is part of.
@usableFromInline struct DNSCharacterString {
    @usableFromInline let range: Range<Int>
    @usableFromInline var end: Int { range.upperBound }

    @usableFromInline
    init?(in message: RawSpan, at offset: Int, before end: Int) {
        guard offset < end, end <= message.byteCount else { return nil }
        let last = offset &+ 1 &+ Int(message.byte(at: offset))
        guard last <= end else { return nil }
        range = offset &+ 1..<last
    }
}

/// Where the parts of a NAPTR record lie.
@usableFromInline struct DNSNamingAuthority {
    @usableFromInline let flags, services, expression: Range<Int>
    /// Offset of the name that takes the expression's place.
    @usableFromInline let replacement: Int

    @usableFromInline
    init?(_ data: Range<Int>, in message: RawSpan) {
        guard let first = DNSCharacterString(in: message, at: data.lowerBound &+ 4, before: data.upperBound),
            let second = DNSCharacterString(in: message, at: first.end, before: data.upperBound),
            let third = DNSCharacterString(in: message, at: second.end, before: data.upperBound),
            (try? DNSLabels.end(ofNameAt: third.end, in: message)) == data.upperBound
        else { return nil }
        flags = first.range
        services = second.range
        expression = third.range
        replacement = third.end
    }
}

/// Where the parts of a CAA record lie.
@usableFromInline struct DNSCertificationAuthority {
    @usableFromInline let tag, value: Range<Int>

    @usableFromInline
    init?(_ data: Range<Int>, in message: RawSpan) {
        guard let tag = DNSCharacterString(in: message, at: data.lowerBound &+ 1, before: data.upperBound),
            !tag.range.isEmpty
        else { return nil }
        self.tag = tag.range
        value = tag.end..<data.upperBound
    }
}

/// A parameter of a service binding (RFC 9460 section 2.2).
@usableFromInline struct DNSServiceParameter {
    @usableFromInline let key: UInt16
    @usableFromInline let value: Range<Int>

    @usableFromInline
    init?(in message: RawSpan, at offset: Int, before end: Int) {
        guard offset &+ 4 <= end, end <= message.byteCount else { return nil }
        let last = offset &+ 4 &+ Int(message.uint16(at: offset &+ 2))
        guard last <= end else { return nil }
        key = message.uint16(at: offset)
        value = offset &+ 4..<last
    }

    /// IANA, DNS Service Bindings; nil for a key without a name here.
    @usableFromInline var name: StaticString? {
        switch key {
        case 0: "mandatory"
        case 1: "alpn"
        case 2: "no-default-alpn"
        case 3: "port"
        case 4: "ipv4hint"
        case 5: "ech"
        case 6: "ipv6hint"
        case 7: "dohpath"
        case 8: "ohttp"
        default: nil
        }
    }

    /// Of each address in the value; 0 where it holds none, or not whole ones.
    @usableFromInline var addressSize: Int {
        let size = key == 4 ? 4 : key == 6 ? 16 : 0
        return size > 0 && !value.isEmpty && value.count % size == 0 ? size : 0
    }
}

extension FieldSink where Self: ~Copyable {
    /// The data of a record as its type has them, or as bytes where they are otherwise.
    @inlinable
    mutating func serviceRecord(_ entry: DNSEntry, in message: RawSpan) {
        let data = entry.data
        switch entry.type.rawValue {
        case 13:
            guard let first = DNSCharacterString(in: message, at: data.lowerBound, before: data.upperBound),
                let second = DNSCharacterString(in: message, at: first.end, before: data.upperBound)
            else { return bytes("data", message.extracting(data)) }
            text("cpu", message.extracting(first.range))
            text("operating_system", message.extracting(second.range))
        case 35:
            guard let parts = DNSNamingAuthority(data, in: message) else {
                return bytes("data", message.extracting(data))
            }
            number("order", message.uint16(at: data.lowerBound))
            number("preference", message.uint16(at: data.lowerBound &+ 2))
            text("flags", message.extracting(parts.flags))
            text("services", message.extracting(parts.services))
            text("expression", message.extracting(parts.expression))
            domainName("replacement", at: parts.replacement, in: message)
        default:
            guard let parts = DNSCertificationAuthority(data, in: message) else {
                return bytes("data", message.extracting(data))
            }
            boolean("critical", message.byte(at: data.lowerBound) & 0x80 != 0)
            text("tag", message.extracting(parts.tag))
            text("value", message.extracting(parts.value))
        }
    }

    @inlinable
    mutating func serviceBinding(_ entry: DNSEntry, in message: RawSpan) {
        number("priority", message.uint16(at: entry.data.lowerBound))
        domainName("target", at: entry.data.lowerBound &+ 2, in: message)
        guard var offset = try? DNSLabels.end(ofNameAt: entry.data.lowerBound &+ 2, in: message), offset < entry.end
        else { return }
        bytes("parameters", message.clipped(from: offset, to: entry.end))
        beginList("service_parameters")
        while let parameter = DNSServiceParameter(in: message, at: offset, before: entry.end) {
            beginItem("parameter")
            number("key", parameter.key, meaning: parameter.name)
            serviceParameter(parameter, in: message)
            endItem()
            offset = parameter.value.upperBound
        }
        endList()
    }

    @inlinable
    mutating func serviceParameter(_ parameter: DNSServiceParameter, in message: RawSpan) {
        let end = parameter.value.upperBound
        var offset = parameter.value.lowerBound
        switch parameter.key {
        case 1:
            beginList("protocols")
            while let string = DNSCharacterString(in: message, at: offset, before: end) {
                beginItem("protocol")
                text("text", message.extracting(string.range))
                endItem()
                offset = string.end
            }
            endList()
        case 3 where parameter.value.count == 2: number("port", message.uint16(at: offset))
        case 7: text("text", message.extracting(parameter.value))
        case _ where parameter.addressSize > 0:
            beginList("addresses")
            while offset < end {
                beginItem("address")
                if parameter.addressSize == 4 {
                    address("address", IPv4Address(rawValue: message.uint32(at: offset)))
                } else {
                    address("address", IPv6Address(message, at: offset))
                }
                endItem()
                offset &+= parameter.addressSize
            }
            endList()
        default: bytes("data", message.extracting(parameter.value))
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// What is told of each text, and of addresses: more than any record has that is not made to be long.
    @inlinable static var toldStrings: Int { 32 }

    /// Every text of `data`, each in quotes, each cut where it is long.
    @inlinable
    mutating func characterStrings(_ message: RawSpan, _ data: Range<Int>) {
        var offset = data.lowerBound
        var count = 0
        while let string = DNSCharacterString(in: message, at: offset, before: data.upperBound) {
            guard count < Self.toldStrings else { return write(" …") }
            quoted(message, string.range)
            offset = string.end
            count &+= 1
        }
    }

    @inlinable
    mutating func quoted(_ message: RawSpan, _ range: Range<Int>) {
        write(" \"")
        preview(message.extracting(range))
        write("\"")
    }

    /// The data of a record in its text form, or nothing where they are not as its type has them.
    @inlinable
    mutating func serviceRecord(_ entry: DNSEntry, in message: RawSpan) {
        let data = entry.data
        switch entry.type.rawValue {
        case 13: characterStrings(message, data)
        case 35:
            guard let parts = DNSNamingAuthority(data, in: message) else { return }
            write(" ")
            decimal(message.uint16(at: data.lowerBound))
            write(" ")
            decimal(message.uint16(at: data.lowerBound &+ 2))
            quoted(message, parts.flags)
            quoted(message, parts.services)
            quoted(message, parts.expression)
            write(" ")
            domainName(at: parts.replacement, in: message)
        case 257:
            guard let parts = DNSCertificationAuthority(data, in: message) else { return }
            write(" ")
            decimal(message.byte(at: data.lowerBound))
            write(" ")
            preview(message.extracting(parts.tag))
            quoted(message, parts.value)
        default:
            write(" ")
            decimal(message.uint16(at: data.lowerBound))
            write(" ")
            domainName(at: data.lowerBound &+ 2, in: message)
            serviceParameters(entry, in: message)
        }
    }

    /// ` alpn="h3,h2" ipv4hint=192.0.2.1`.
    @inlinable
    mutating func serviceParameters(_ entry: DNSEntry, in message: RawSpan) {
        guard var offset = try? DNSLabels.end(ofNameAt: entry.data.lowerBound &+ 2, in: message) else { return }
        var count = 0
        while let parameter = DNSServiceParameter(in: message, at: offset, before: entry.end) {
            guard count < Self.toldStrings else { return write(" …") }
            write(" ")
            if parameter.name == nil { write("key") }
            name(parameter.name, or: parameter.key)
            serviceValue(parameter, in: message)
            offset = parameter.value.upperBound
            count &+= 1
        }
    }

    /// What is told of a parameter behind its name: what is long and no text is only named.
    @inlinable
    mutating func serviceValue(_ parameter: DNSServiceParameter, in message: RawSpan) {
        var offset = parameter.value.lowerBound
        var count = 0
        switch parameter.key {
        case 1:
            write("=\"")
            while let string = DNSCharacterString(in: message, at: offset, before: parameter.value.upperBound),
                count < Self.toldStrings
            {
                if count > 0 { write(",") }
                preview(message.extracting(string.range))
                offset = string.end
                count &+= 1
            }
            write("\"")
        case 3 where parameter.value.count == 2:
            write("=")
            decimal(message.uint16(at: offset))
        case _ where parameter.addressSize > 0:
            write("=")
            while offset < parameter.value.upperBound, count < Self.toldStrings {
                if count > 0 { write(",") }
                if parameter.addressSize == 4 {
                    address(IPv4Address(rawValue: message.uint32(at: offset)))
                } else {
                    address(IPv6Address(message, at: offset))
                }
                offset &+= parameter.addressSize
                count &+= 1
            }
        default: break
        }
    }
}
