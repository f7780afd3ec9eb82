import PacketDecoding
import Testing

@Suite struct LLCTests {
    static func frame(_ llc: [UInt8]) -> [UInt8] { ethernetFrame(UInt16(llc.count), llc) }
    static let snap = frame(hex("aaaa03 000000 0800") + ipv4Packet(17, udpDatagram))

    @Test func `SNAP with organization 0 leads on by EtherType`() {
        #expect(walk(Self.snap).kinds == [.ethernet, .llc, .ipv4, .udp])
        #expect(walk(Self.snap).layers[1].headerLength == 8)
        let fields = fields(of: .llc, in: Self.snap)
        #expect(
            fields?.fields == [
                "dsap=0xaa", "ssap=0xaa", "control=0x03", "snap_oui=0x000000", "snap_protocol=0x0800",
            ])
        #expect(
            fields?.meanings == [
                "dsap": "SNAP", "ssap": "SNAP", "snap_oui": "Ethernet", "snap_protocol": "IPv4",
            ])
        #expect(
            summary(of: .llc, in: Self.snap)
                == "LLC, dsap SNAP (0xaa) Individual, ssap SNAP (0xaa) Command, ctrl 0x03: "
                + "oui Ethernet (0x000000), ethertype IPv4 (0x0800), length 32")
    }

    @Test func `SNAP with the organizations of bridges`() {
        let bridged = ethernetFrame(0x0800, ipv4Packet(17, udpDatagram))
        #expect(
            walk(Self.frame(hex("aaaa03 0080c2 0007 0000") + bridged)).kinds == [
                .ethernet, .llc, .ethernet, .ipv4, .udp,
            ])
        #expect(walk(Self.frame(hex("aaaa03 0080c2 0009 0000") + bridged)).kinds == [.ethernet, .llc])
        let tunnelled = Self.frame(hex("aaaa03 0000f8 0800") + ipv4Packet(17, udpDatagram))
        #expect(walk(tunnelled).kinds == [.ethernet, .llc, .ipv4, .udp])
    }

    @Test func `A response has no SNAP header`() {
        #expect(walk(Self.frame(hex("aaab03 000000 0800") + ipv4Packet(17, udpDatagram))).kinds == [.ethernet, .llc])
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.snap) }

    @Test func `A snapped capture keeps the length on the wire`() {
        let found = walk(Array(Self.snap.prefix(24)), wireLength: Self.snap.count)
        #expect(found.layers[1] == Layer(.llc, at: 14, headerLength: 8, end: Self.snap.count))
    }

    /// A PDU and the words that tcpdump has for it.
    struct PDU: CustomTestStringConvertible, Sendable {
        let bytes: [UInt8]
        let control: String
        let words: String

        init(_ bytes: String, control: String, _ words: String) {
            self.bytes = hex(bytes)
            self.control = control
            self.words = words
        }

        var testDescription: String { words }
    }

    @Test(arguments: [
        PDU(
            "f0f003", control: "0x03",
            "LLC, dsap NetBeui (0xf0) Individual, ssap NetBeui (0xf0) Command, ctrl 0x03: "
                + "Unnumbered, ui, Flags [Command], length 3"),
        PDU(
            "f0f17f", control: "0x7f",
            "LLC, dsap NetBeui (0xf0) Individual, ssap NetBeui (0xf0) Response, ctrl 0x7f: "
                + "Unnumbered, sabme, Flags [Final], length 3"),
        PDU(
            "0001f3", control: "0xf3",
            "LLC, dsap Null (0x00) Individual, ssap Null (0x00) Response, ctrl 0xf3: "
                + "Unnumbered, test, Flags [Final], length 3"),
        PDU(
            "f0f1ff", control: "0xff",
            "LLC, dsap NetBeui (0xf0) Individual, ssap NetBeui (0xf0) Response, ctrl 0xff: "
                + "Unnumbered, ef, Flags [Final], length 3"),
        PDU(
            "101000020000", control: "0x0200",
            "LLC, dsap Unknown (0x10) Individual, ssap Unknown (0x10) Command, ctrl 0x0200: "
                + "Information, send seq 0, rcv seq 1, Flags [Command], length 6"),
        PDU(
            "f0f00001aabb", control: "0x0100",
            "LLC, dsap NetBeui (0xf0) Individual, ssap NetBeui (0xf0) Command, ctrl 0x0100: "
                + "Information, send seq 0, rcv seq 0, Flags [Poll], length 6"),
        PDU(
            "f0f00105", control: "0x0501",
            "LLC, dsap NetBeui (0xf0) Individual, ssap NetBeui (0xf0) Command, ctrl 0x0501: "
                + "Supervisory, Receiver Ready, rcv seq 2, Flags [Poll], length 4"),
        PDU(
            "450000200001", control: "0x2000",
            "LLC, dsap Unknown (0x44) Group, ssap Null (0x00) Command, ctrl 0x2000: "
                + "Information, send seq 0, rcv seq 16, Flags [Command], length 6"),
        PDU(
            "aaaa0000000800", control: "0x0000",
            "LLC, dsap SNAP (0xaa) Individual, ssap SNAP (0xaa) Command, ctrl 0x0000: "
                + "Information, send seq 0, rcv seq 0, Flags [Command], length 7"),
        PDU(
            "aaaa03 00000c 2000 01", control: "0x03",
            "LLC, dsap SNAP (0xaa) Individual, ssap SNAP (0xaa) Command, ctrl 0x03: "
                + "oui Cisco (0x00000c), pid 0x2000, length 1"),
    ])
    func `A PDU that leads nowhere`(_ pdu: PDU) {
        let frame = Self.frame(pdu.bytes)
        #expect(walk(frame).kinds == [.ethernet, .llc])
        #expect(walk(frame).fault == nil)
        #expect(summary(of: .llc, in: frame) == pdu.words)
        #expect(fields(of: .llc, in: frame)?["control"] == pdu.control)
        expectEveryTruncationHolds(frame)
    }

    @Test func `IPv4 without SNAP`() {
        let frame = Self.frame(hex("060603") + ipv4Packet(17, udpDatagram))
        #expect(walk(frame).kinds == [.ethernet, .llc, .ipv4, .udp])
    }

    @Test func `Raw IEEE 802.3 holds IPX and no LLC`() {
        #expect(
            walk(Self.frame(hex("ffff0022 0001"))) == Walk(layers: [Layer(.ethernet, at: 0, headerLength: 14, end: 20)])
        )
    }

    @Test(arguments: [
        Refusal("empty", ethernetFrame(3, []), .llc, at: 14, .tooShort(needed: 3, available: 0)),
        Refusal("two bytes", frame(hex("4242")), .llc, at: 14, .tooShort(needed: 3, available: 2)),
        Refusal("half a control field", frame(hex("f0f001")), .llc, at: 14, .tooShort(needed: 4, available: 3)),
        Refusal(
            "SNAP cut by the length", ethernetFrame(6, hex("aaaa03 000000 0800 4500")), .llc, at: 14,
            .tooShort(needed: 8, available: 6)),
        Refusal(
            "SNAP cut by the capture", Array(snap.prefix(20)), .llc, at: 14, wireLength: snap.count,
            .truncated(needed: 8, captured: 6)),
    ])
    func refused(_ row: Refusal) { row.check() }
}
