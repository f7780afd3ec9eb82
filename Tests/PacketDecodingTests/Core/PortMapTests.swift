import PacketDecoding
import Testing

@Suite struct PortMapTests {
    static func application(
        _ datagram: [UInt8], hint: ApplicationHint? = nil, ports: PortMap = PortMap()
    ) -> (kind: LayerKind, fromServer: Bool)? {
        withPacket(ipv4(.udp, datagram), linkType: .ipv4, application: hint, ports: ports) { packet in
            guard packet.layers.count > 2 else { return nil }
            return (packet.layers[2].kind, packet.layers[2].traits.contains(.fromServer))
        }
    }

    @Test func theWellKnownPortIsTheServers() {
        #expect(Self.application(udp("Michael", port: 9999))! == (.greeting, false))
        var answer = udp("Welcome!", port: 1025)
        answer.replaceSubrange(0..<2, with: bigEndian(9999))
        #expect(Self.application(answer)! == (.greeting, true))
        #expect(Self.application(udp("Michael")) == nil)
    }

    @Test func anOverrideLeadsFromAnyPort() {
        let ports = PortMap(overrides: [(port: 9, kind: .greeting)])
        #expect(Self.application(udp("Michael"), ports: ports)! == (.greeting, false))
    }

    @Test(arguments: [false, true])
    func aHintKnowsBetterThanThePorts(_ fromServer: Bool) {
        let hint = ApplicationHint(.greeting, fromServer: fromServer)
        #expect(Self.application(udp("Welcome!"), hint: hint)! == (.greeting, fromServer))
        #expect(Self.application(udp("Welcome!", port: 9999), hint: hint)! == (.greeting, fromServer))
    }

    @Test func anEmptySegmentHasNoApplication() {
        var segment = tcp()
        segment.replaceSubrange(2..<4, with: bigEndian(9999))
        #expect(walk(ipv4(.tcp, segment), linkType: .ipv4).kinds == [.ipv4, .tcp])
    }

    @Test func quotesAndFragmentsHaveNone() {
        let quoted = icmp("0303 0000 00000000", quoting: ipv4(.udp, udp("Michael", port: 9999)))
        #expect(walk(quoted, linkType: .ipv4).kinds.last == .udp)
        #expect(walk(ipv4(.udp, udp("Michael", port: 9999), fragment: 0x2000), linkType: .ipv4).kinds.last == .udp)
    }

    /// Ports that share the six bits that are looked at first.
    @Test func aPortIsNotTakenForAnother() {
        #expect(Self.application(udp("Michael", port: 9999 - 64)) == nil)
        #expect(Self.application(udp("Michael", port: 53 + 64)) == nil)
    }

    @Test func anEmptyDatagramMeansSomethingToTheGreetingOnly() {
        #expect(Self.application(udp("", port: 9999))! == (.greeting, false))
        #expect(Self.application(udp("", port: 53)) == nil)
    }
}
