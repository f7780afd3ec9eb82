// ClientHello and ServerHello: RFC 8446 sections 4.1.2 and 4.1.3. Server name: RFC 6066 section 3. Application-layer
// protocol: RFC 7301 section 3.1. Supported versions: RFC 8446 section 4.2.1. Hello retry request: section 4.1.4.
//
//   +------+--------+---------+-----------+------------+---------------+-------------+------------+
//   | type | length | version |  random   | session id | cipher suites | compression | extensions |
//   +------+--------+---------+-----------+------------+---------------+-------------+------------+

/// Where the parts of a hello that are told lie, from the start of the message. Of a hello that goes on in another
/// segment, or was not captured whole, those that are there whole.
@usableFromInline struct TLSHello {
    @usableFromInline let isClient: Bool
    @usableFromInline private(set) var version: TLSVersion?
    /// A client's offers, two bytes each; or a server's choice.
    @usableFromInline private(set) var cipherSuites: Range<Int>?
    @usableFromInline private(set) var serverName: Range<Int>?
    /// Protocol names, a length byte before each.
    @usableFromInline private(set) var protocols: Range<Int>?
    /// Two bytes each.
    @usableFromInline private(set) var versions: Range<Int>?
    /// A length that reaches beyond what encloses it, in bytes.
    private(set) var contradiction: Int?

    /// A server's choice for the key exchange, in a hello retry request (RFC 8446 section 4.2.8).
    @usableFromInline private(set) var selectedGroup: UInt16?
    /// Whether all extensions have been read, or there are none: what has not come by then is not there.
    @usableFromInline private(set) var isWhole = false
    @usableFromInline private(set) var isRetryRequest = false

    /// nil for any other message.
    @usableFromInline
    init?(_ message: TLSHandshake, in bytes: RawSpan) {
        guard message.isHello else { return nil }
        isClient = message.type == 1
        if let length = message.length { read(bytes, end: length &+ 4) }
    }

    /// - Parameter end: of the message on the wire, which may lie beyond the fragment that is there.
    private mutating func read(_ fragment: RawSpan, end: Int) {
        var reader = Reader(offset: 4, end: end)
        guard let version = reader.take(2, of: fragment) else { return note(reader) }
        self.version = TLSVersion(rawValue: fragment.uint16(at: version.lowerBound))
        guard let random = reader.take(32, of: fragment) else { return note(reader) }
        isRetryRequest = !isClient && fragment.starts(withRetryRequest: random.lowerBound)
        guard reader.vector(1, of: fragment) != nil else { return note(reader) }
        cipherSuites = isClient ? reader.vector(2, of: fragment) : reader.take(2, of: fragment)
        let compression = isClient ? reader.vector(1, of: fragment) : reader.take(1, of: fragment)
        guard compression != nil else { return note(reader) }
        // Before extensions there were none (RFC 5246 section 7.4.1.2).
        guard reader.offset < end else { return isWhole = true }
        readExtensions(&reader, fragment)
        note(reader)
    }

    private mutating func readExtensions(_ reader: inout Reader, _ fragment: RawSpan) {
        guard let length = reader.number(of: fragment) else { return }
        guard reader.offset &+ length <= reader.end else { return reader.contradiction = length }
        var list = Reader(offset: reader.offset, end: reader.offset &+ length)
        while list.offset < list.end, let type = list.number(of: fragment), let data = list.vector(2, of: fragment) {
            readExtension(type, data, fragment)
        }
        isWhole = list.offset == list.end
        reader.contradiction = list.contradiction
    }

    private mutating func readExtension(_ type: Int, _ data: Range<Int>, _ fragment: RawSpan) {
        var reader = Reader(offset: data.lowerBound, end: data.upperBound)
        switch type {
        case 0 where isClient:
            // A list of names, of which only the kind 0, a host's, was ever defined.
            if reader.number(of: fragment) != nil, let kind = reader.take(1, of: fragment),
                fragment.byte(at: kind.lowerBound) == 0
            {
                serverName = reader.vector(2, of: fragment)
            }
        case 16: protocols = reader.vector(2, of: fragment)
        case 51 where isRetryRequest && data.count == 2: selectedGroup = fragment.uint16(at: data.lowerBound)
        case 43: versions = isClient ? reader.vector(1, of: fragment) : reader.take(2, of: fragment)
        default: break
        }
    }

    private mutating func note(_ reader: Reader) { contradiction = reader.contradiction }

    /// Goes through fields that end where their message ends on the wire, captured or not.
    private struct Reader {
        var offset: Int
        let end: Int
        var contradiction: Int?

        /// The next `count` bytes; nil when they are not there or not the message's.
        mutating func take(_ count: Int, of bytes: RawSpan) -> Range<Int>? {
            let next = offset &+ count
            guard next <= end else {
                contradiction = contradiction ?? count
                return nil
            }
            guard next <= bytes.byteCount else { return nil }
            defer { offset = next }
            return offset..<next
        }

        mutating func number(of bytes: RawSpan) -> Int? {
            take(2, of: bytes).map { Int(bytes.uint16(at: $0.lowerBound)) }
        }

        /// Bytes with their length, a number of `size` bytes, before them.
        mutating func vector(_ size: Int, of bytes: RawSpan) -> Range<Int>? {
            guard let field = take(size, of: bytes) else { return nil }
            let length = size == 1 ? Int(bytes.byte(at: field.lowerBound)) : Int(bytes.uint16(at: field.lowerBound))
            return take(length, of: bytes)
        }
    }
}

extension TLSHello {
    @inlinable
    func describe(_ fragment: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        if let version { sink.hexNumber("hello_version", version.rawValue, digits: 4, meaning: version.name) }
        if let serverName { sink.text("server_name", fragment.extracting(serverName)) }
        if let protocols {
            sink.beginList("alpn")
            var offset = protocols.lowerBound
            while let name = Self.protocolName(at: &offset, protocols, in: fragment) {
                sink.beginItem("protocol")
                sink.text("protocol", fragment.extracting(name))
                sink.endItem()
            }
            sink.endList()
        }
        guard isClient else {
            if let version = chosenVersion(in: fragment) {
                sink.hexNumber("selected_version", version.rawValue, digits: 4, meaning: version.name)
            }
            if let cipherSuites {
                let suite = TLSCipherSuite(rawValue: fragment.uint16(at: cipherSuites.lowerBound))
                sink.hexNumber("cipher_suite", suite.rawValue, digits: 4, meaning: suite.name)
            }
            if isRetryRequest { sink.boolean("hello_retry_request", true) }
            if let selectedGroup {
                sink.hexNumber("selected_group", selectedGroup, digits: 4, meaning: Self.name(ofGroup: selectedGroup))
            }
            return
        }
        if let versions {
            sink.beginList("supported_versions")
            for offset in stride(from: versions.lowerBound, to: versions.upperBound &- 1, by: 2) {
                let version = TLSVersion(rawValue: fragment.uint16(at: offset))
                sink.beginItem("version")
                sink.hexNumber(
                    "version", version.rawValue, digits: 4, meaning: version.isGrease ? "GREASE" : version.name)
                sink.endItem()
            }
            sink.endList()
        }
        if let cipherSuites { sink.number("cipher_suite_count", cipherSuites.count / 2) }
    }

    @inlinable
    func summarize(_ fragment: RawSpan, context: SummaryContext, to sink: inout some TextSink & ~Copyable) {
        guard isClient else {
            if let version = chosenVersion(in: fragment) { sink.version(version) }
            if let cipherSuites, !context.isTerse {
                let suite = TLSCipherSuite(rawValue: fragment.uint16(at: cipherSuites.lowerBound))
                sink.write(" ")
                if let name = suite.name { sink.write(name) } else { sink.hexNumber(suite.rawValue, digits: 4) }
            }
            if let selectedGroup, !context.isTerse {
                sink.write(", group ")
                if let name = Self.name(ofGroup: selectedGroup) {
                    sink.write(name)
                } else {
                    sink.hexNumber(selectedGroup, digits: 4)
                }
            }
            return
        }
        if let serverName {
            sink.write(context.isTerse ? " " : " \"")
            sink.preview(fragment.extracting(serverName))
            if !context.isTerse { sink.write("\"") }
        }
        if context.isTerse { return }
        if let protocols {
            sink.write(" ALPN")
            var offset = protocols.lowerBound
            var count = 0
            while count < 4, let name = Self.protocolName(at: &offset, protocols, in: fragment) {
                sink.write(" ")
                sink.preview(fragment.extracting(name))
                count &+= 1
            }
        }
        if let versions {
            var count = 0
            for offset in stride(from: versions.lowerBound, to: versions.upperBound &- 1, by: 2) where count < 5 {
                let version = TLSVersion(rawValue: fragment.uint16(at: offset))
                if version.isGrease { continue }
                sink.version(version)
                count &+= 1
            }
        } else if isWhole, let version {
            sink.version(version)
        }
    }

    /// What the server chose: in an extension since TLS 1.3, and only where that is not there in the version before it
    /// (RFC 8446 section 4.2.1).
    @usableFromInline
    func chosenVersion(in fragment: RawSpan) -> TLSVersion? {
        versions.map { TLSVersion(rawValue: fragment.uint16(at: $0.lowerBound)) } ?? (isWhole ? version : nil)
    }

    /// IANA, TLS Supported Groups: those that are in use.
    @usableFromInline
    static func name(ofGroup group: UInt16) -> StaticString? {
        switch group {
        case 23: "secp256r1"
        case 24: "secp384r1"
        case 25: "secp521r1"
        case 29: "x25519"
        case 30: "x448"
        case 0x0100: "ffdhe2048"
        case 0x0101: "ffdhe3072"
        case 0x11eb: "SecP256r1MLKEM768"
        case 0x11ec: "X25519MLKEM768"
        case 0x11ed: "SecP384r1MLKEM1024"
        case 0x6399: "X25519Kyber768Draft00"
        default: nil
        }
    }

    /// The name at `offset`, which moves past it; nil at the end of `list`.
    @usableFromInline
    static func protocolName(at offset: inout Int, _ list: Range<Int>, in fragment: RawSpan) -> Range<Int>? {
        guard offset < list.upperBound else { return nil }
        let start = offset &+ 1
        let end = start &+ Int(fragment.byte(at: offset))
        guard end <= list.upperBound else { return nil }
        offset = end
        return start..<end
    }
}

extension RawSpan {
    /// Whether the random at `offset` is the one that makes a server hello a hello retry request: the SHA-256 of
    /// "HelloRetryRequest" (RFC 8446 section 4.1.3).
    fileprivate func starts(withRetryRequest offset: Int) -> Bool {
        uint64(at: offset) == 0xcf21_ad74_e59a_6111 && uint64(at: offset &+ 8) == 0xbe1d_8c02_1e65_b891
            && uint64(at: offset &+ 16) == 0xc2a2_1116_7abb_8c5e && uint64(at: offset &+ 24) == 0x079e_09e2_c8a8_339c
    }
}

extension TextSink where Self: ~Copyable {
    @inlinable
    mutating func version(_ version: TLSVersion) {
        write(" ")
        if let name = version.name { write(name) } else { hexNumber(version.rawValue, digits: 4) }
    }
}

/// How a TLS connection is encrypted (IANA, TLS Cipher Suites): those that are in use.
@frozen public struct TLSCipherSuite: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// nil for a suite without a name here.
    @inlinable public var name: StaticString? {
        switch rawValue {
        case 0x0005: "TLS_RSA_WITH_RC4_128_SHA"
        case 0x000a: "TLS_RSA_WITH_3DES_EDE_CBC_SHA"
        case 0x002f: "TLS_RSA_WITH_AES_128_CBC_SHA"
        case 0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"
        case 0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA"
        case 0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"
        case 0x003c: "TLS_RSA_WITH_AES_128_CBC_SHA256"
        case 0x003d: "TLS_RSA_WITH_AES_256_CBC_SHA256"
        case 0x009c: "TLS_RSA_WITH_AES_128_GCM_SHA256"
        case 0x009d: "TLS_RSA_WITH_AES_256_GCM_SHA384"
        case 0x009e: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
        case 0x009f: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
        case 0x1301: "TLS_AES_128_GCM_SHA256"
        case 0x1302: "TLS_AES_256_GCM_SHA384"
        case 0x1303: "TLS_CHACHA20_POLY1305_SHA256"
        case 0x1304: "TLS_AES_128_CCM_SHA256"
        case 0x1305: "TLS_AES_128_CCM_8_SHA256"
        case 0xc009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
        case 0xc00a: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"
        case 0xc011: "TLS_ECDHE_RSA_WITH_RC4_128_SHA"
        case 0xc013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
        case 0xc014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
        case 0xc023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"
        case 0xc024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"
        case 0xc027: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"
        case 0xc028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"
        case 0xc02b: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
        case 0xc02c: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
        case 0xc02f: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
        case 0xc030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
        case 0xcca8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
        case 0xcca9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
        case 0xccaa: "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
        default: nil
        }
    }
}
