import Conversations
import PacketDecoding
import Testing

/// What ICMP errors say of a conversation's packets, and who.
@Suite struct ReportedErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let type, code: UInt8
        let detail: UInt32
        let version: Int
        let isLoss: Bool

        init(
            _ reason: String, _ type: UInt8, _ code: UInt8, _ detail: UInt32 = 0, v6: Bool = false, isLoss: Bool = true
        ) {
            testDescription = reason
            (self.type, self.code, self.detail) = (type, code, detail)
            version = v6 ? 6 : 4
            self.isLoss = isLoss
        }
    }

    @Test(arguments: [
        Case("network unreachable", 3, 0), Case("host unreachable", 3, 1), Case("port unreachable", 3, 3),
        Case("fragmentation needed, MTU 1400", 3, 4, 1400), Case("fragmentation needed", 3, 4),
        Case("communication administratively prohibited", 3, 13), Case("destination unreachable, code 99", 3, 99),
        Case("source quench", 4, 0), Case("redirect to 10.0.0.253", 5, 1, 0x0a00_00fd, isLoss: false),
        Case("time exceeded in transit", 11, 0), Case("time exceeded during reassembly", 11, 1),
        Case("parameter problem, required option missing", 12, 1),
        Case("no route to destination", 1, 0, v6: true), Case("port unreachable", 1, 4, v6: true),
        Case("packet too big, MTU 1280", 2, 0, 1280, v6: true), Case("hop limit exceeded in transit", 3, 0, v6: true),
        Case("time exceeded during reassembly", 3, 1, v6: true),
        Case("parameter problem, unrecognized next header", 4, 1, v6: true),
    ])
    func `the reason and the router are told`(known: Case) throws {
        let scene = Scene(version: known.version)
        let syn = scene.built(scene.client.syn)
        let router: IPAddress =
            known.version == 4
            ? .v4(IPv4Address(10, 0, 0, 254)) : .v6(IPv6Address(high: 0x2001_0db8_0000_0000, low: 0xfe))
        for source in [router, scene.serverEnd.address] {
            var table = ConversationTable(seed: 1)
            _ = try syn.step(in: &table)
            var error = syn.quoted(from: Endpoint(address: source, port: 0), to: scene.clientEnd)
            error.setError(known.type, known.code, known.detail, version: known.version)
            let step = try error.step(in: &table)
            #expect(step.side == .server)
            let conversation = try conversation(.tcp, 0, of: table)
            let told = try #require(conversation.lastError)
            #expect(told.source == source)
            #expect(told.isFromDestination == (source != router))
            #expect(conversation.icmpErrors == 1)
            #expect(conversation.undelivered == (known.isLoss ? 1 : 0))
            #expect(table.summary(.tcp, 0)?.lastError == told)
            var words = Words()
            told.writeReason(to: &words)
            #expect(words.text == known.testDescription)
        }
    }
}

extension BuiltPacket {
    /// Makes the ICMP message another one.
    fileprivate mutating func setError(_ type: UInt8, _ code: UInt8, _ detail: UInt32, version: Int) {
        let offset = version == 4 ? 20 : 40
        bytes[offset] = type
        bytes[offset + 1] = code
        for index in 0..<4 { bytes[offset + 4 + index] = UInt8(truncatingIfNeeded: detail >> UInt32(24 - 8 * index)) }
    }
}

private struct Words: TextSink {
    var text = ""

    mutating func write(_ text: StaticString) { self.text += "\(text)" }
    mutating func write(byte: UInt8) { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    mutating func decimal(_ value: UInt64) { text += String(value) }
    mutating func hex(_ value: UInt64, digits: Int) { text += String(value, radix: 16) }
    mutating func escaped(_ bytes: RawSpan) {}
    mutating func address(_ address: IPv4Address) {
        text += (0..<4).map { String(address.rawValue >> UInt32(24 - 8 * $0) & 255) }.joined(separator: ".")
    }
    mutating func address(_ address: IPv6Address) {}
    mutating func address(_ address: MACAddress) {}
}
