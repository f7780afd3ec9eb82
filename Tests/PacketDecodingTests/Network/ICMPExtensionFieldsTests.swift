import PacketDecoding
import Testing

@Suite struct ICMPExtensionFieldsTests {
    /// A structure of `objects` with its checksum.
    static func structure(_ objects: String) -> [UInt8] { checksummed(hex("2000 0000") + hex(objects), at: 2) }

    /// A time exceeded that quotes `length` bytes of a datagram, then `extensions`.
    ///
    /// - Parameter attribute: the field that tells the quote's length.
    static func exceeded(_ extensions: [UInt8], attribute: UInt8 = 32, length: Int = 128) -> [UInt8] {
        let quote = ipv4(.udp, udp("", length: 200), totalLength: 220)
        let filled = quote + Array(repeating: 0, count: length - quote.count)
        return icmp("0b00 0000 00" + [attribute].hexString() + "0000", quoting: filled + extensions)
    }

    /// The same of ICMPv6, which counts in 64-bit words.
    static func exceeded6(_ extensions: [UInt8], attribute: UInt8 = 16, length: Int = 128) -> [UInt8] {
        let quote = ipv6(.udp, udp("", length: 200))
        let filled = quote + Array(repeating: 0, count: length - quote.count)
        return icmpv6("0300 0000 " + [attribute].hexString() + "000000", quoting: filled + extensions)
    }

    static func extensions(_ packet: [UInt8], _ kind: LayerKind = .icmp, wireLength: Int? = nil) -> [String] {
        let all = fields(of: kind, in: packet, linkType: .ipv4, wireLength: wireLength)?.fields ?? []
        return all.filter { $0.hasPrefix("extension") && !$0.hasPrefix("extension_checksum=") }
    }

    static let whole = ["extension_version=2", "extension_checksum_status=good"]
    static let label = structure("0008 0101 03e84101")
    static let labelFields =
        whole + [
            "extension_objects[0].class=1", "extension_objects[0].subtype=1", "extension_objects[0].length=8",
            "extension_objects[0].labels[0].label=16004", "extension_objects[0].labels[0].traffic_class=0",
            "extension_objects[0].labels[0].bottom_of_stack=true", "extension_objects[0].labels[0].ttl=1",
        ]

    @Test(
        "Where the extensions are",
        arguments: [
            ("behind the quote that the message measures", exceeded(label), true),
            ("behind a longer one", exceeded(label, attribute: 40, length: 160), true),
            ("behind one that is too short for them", exceeded(label, attribute: 17, length: 68), true),
            ("behind 128 bytes, of which the message says nothing", exceeded(label, attribute: 0), true),
            ("behind 128 bytes, where it says less", exceeded(label, attribute: 17), true),
            ("nowhere: a longer quote of nothing that says so", exceeded([], attribute: 0, length: 160), false),
            ("nowhere: the length is the quote's", exceeded([], attribute: 32), false),
            ("nowhere: another version", exceeded(hex("1000 efff")), false),
            (
                "nowhere: without the length a checksum of zero shows nothing",
                exceeded(hex("2000 0000 0008 0101 03e84101"), attribute: 0), false
            ),
        ])
    func place(_ name: String, _ packet: [UInt8], _ isThere: Bool) {
        #expect(Self.extensions(packet) == (isThere ? Self.labelFields : []), "\(name)")
        expectDecodes(packet)
    }

    private func expectDecodes(_ packet: [UInt8]) {
        #expect(walk(packet, linkType: .ipv4).kinds.prefix(3) == [.ipv4, .icmp, .ipv4])
    }

    @Test func icmpv6HasThemToo() {
        for packet in [Self.exceeded6(Self.label), Self.exceeded6(Self.label, attribute: 0)] {
            let all = fields(of: .icmpv6, in: packet, linkType: .ipv6)?.fields ?? []
            #expect(all.filter { Self.labelFields.contains($0) } == Self.labelFields)
        }
        let found = fields(of: .icmpv6, in: Self.exceeded6(Self.label), linkType: .ipv6)
        #expect(found?["length"] == "16" && found?["quote_length"] == "128")
    }

    @Test(
        "What the objects say",
        arguments: [
            (
                "000c 0101 03e80aff 03e81b01",
                [
                    "labels[0].label=16000", "labels[0].traffic_class=5", "labels[0].bottom_of_stack=false",
                    "labels[0].ttl=255", "labels[1].label=16001", "labels[1].traffic_class=5",
                    "labels[1].bottom_of_stack=true", "labels[1].ttl=1",
                ]
            ),
            (
                "001c 020f 00000007 00010000 0a000009 06 6574683000 0000 000005dc",
                [
                    "interface_role=0", "interface_index=7", "address_family=1", "interface_address=10.0.0.9",
                    "interface_name=eth0", "interface_mtu=1500",
                ]
            ),
            (
                "0018 0284 00020000 20010db8 00000000 00000000 00000001",
                ["interface_role=2", "address_family=2", "interface_address=2001:db8::1"]
            ),
            ("0008 0281 000005dc", ["interface_role=2", "interface_mtu=1500"]),
            // An index that is not there, a family that is not known, a name longer than its object.
            ("0004 0208", ["interface_role=0"]),
            ("000c 02c4 00190000 01020304", ["interface_role=3"]),
            ("0008 0202 09 616263", ["interface_role=0"]),
            ("0008 0301 65746830", ["interface_name=eth0"]),
            ("0008 0302 00000007", ["interface_index=7"]),
            ("000c 0303 0001 04 00 0a000009", ["address_family=1", "interface_address=10.0.0.9"]),
            (
                "0010 0303 4005 06 00 020000000901 0000",
                ["address_family=16389", "interface_address=02:00:00:00:09:01"]
            ),
            ("0006 0302 0007", ["data=0007"]),
            ("0009 0701 0102030405", ["data=0102030405"]),
            ("0004 0700", ["data="]),
        ] as [(String, [String])])
    func objects(_ object: String, _ expected: [String]) {
        let bytes = hex(object)
        let head = [
            "extension_objects[0].class=\(bytes[2])", "extension_objects[0].subtype=\(bytes[3])",
            "extension_objects[0].length=\(bytes.count)",
        ]
        #expect(
            Self.extensions(Self.exceeded(Self.structure(object)))
                == Self.whole + head + expected.map { "extension_objects[0]." + $0 })
    }

    @Test func anObjectThatOverrunsTheStructureEndsIt() {
        for length in ["0000", "0003", "0100"] {
            let packet = Self.exceeded(Self.structure("0004 0700 \(length) 0701 01020304"))
            #expect(Self.extensions(packet).filter { $0.contains("length") } == ["extension_objects[0].length=4"])
        }
    }

    @Test func aWrongChecksumIsTold() {
        var packet = Self.exceeded(Self.label)
        packet[packet.count - 1] ^= 1
        #expect(Self.extensions(packet)[1] == "extension_checksum_status=bad")
        let none = Self.exceeded(hex("2000 0000 0008 0101 03e84101"))
        #expect(Self.extensions(none)[1] == "extension_checksum_status=not_present")
    }

    @Test func whatTheCaptureCutIsLeftOut() {
        let packet = Self.exceeded(Self.structure("0004 0700 0008 0302 00000007"))
        let cut = Array(packet.dropLast(2))
        #expect(
            Self.extensions(cut, wireLength: packet.count) == [
                "extension_version=2", "extension_checksum_status=unverified", "extension_objects[0].class=7",
                "extension_objects[0].subtype=0", "extension_objects[0].length=4", "extension_objects[0].data=",
                "extension_objects[1].class=3", "extension_objects[1].subtype=2", "extension_objects[1].length=8",
            ])
        expectEveryTruncationHolds(packet, linkType: .ipv4)
    }

    @Test func anExtendedEchoAsksWithOne() {
        let request = icmp("2a00 0000 004d 03 01", quoting: Self.structure("0008 0302 00000007"))
        let expected =
            Self.whole + [
                "extension_objects[0].class=3", "extension_objects[0].subtype=2", "extension_objects[0].length=8",
                "extension_objects[0].interface_index=7",
            ]
        #expect(Self.extensions(request) == expected)
        let request6 = icmpv6("a000 0000 004d 03 01", quoting: Self.structure("0008 0302 00000007"))
        let all = fields(of: .icmpv6, in: request6, linkType: .ipv6)?.fields ?? []
        #expect(all.filter { expected.contains($0) } == expected)
    }

    @Test func ofManyObjectsThereIsAnEnd() {
        let packet = Self.exceeded(Self.structure(String(repeating: "0004 0700", count: 100)))
        #expect(Self.extensions(packet).filter { $0.contains("length") }.count == 64)
    }
}
