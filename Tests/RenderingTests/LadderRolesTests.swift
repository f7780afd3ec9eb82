import Conversations
import PacketDecoding
import Testing

@testable import Rendering

/// Ladders whose client and server change places, and what routers say.
@Suite struct LadderRolesTests {
    /// The first two steps have the roles the wrong way round.
    private var script: Script {
        var script = Script()
        script.add(.client, after: 0, .ack, s: 1, a: 1, notes: .midstream)
        script.add(.server, after: 1000, [.psh, .ack], s: 1, "ask", client: .unknown, server: .established) {
            $0.responseTime = 200_000_000
        }
        script.conversation.key = script.conversation.key.reversed
        script.add(.server, after: 2000, [.psh, .ack], s: 1, "200 OK", client: .established, notes: .rolesChanged) {
            $0.responseTime = 2_000_000
        }
        return script
    }

    @Test func `recorded, it has them right from the first row`() {
        let rows = script.recorded().split(separator: "\n")
        #expect(rows[0].hasPrefix("TCP 0: 127.0.0.1:9999 ⇄ 127.0.0.1:40110"))
        #expect(rows[5].contains("│◀─ACK a1──"))
        #expect(rows[6].contains("ESTABLISHED │──PSH s1+3 \"ask\"──"))
        #expect(rows[6].contains("client idle 200.000 ms"))
        #expect(rows[7].contains("│◀─PSH s1+6 \"200 OK\""))
        #expect(rows[7].contains("server took 2.000 ms") || rows[8].contains("server took 2.000 ms"))
    }

    @Test func `live, it says so once, with the header`() {
        let rows = script.live().split(separator: "\n").map(String.init)
        #expect(rows.filter { $0.contains("client and server change places") }.count == 1)
        let index = rows.firstIndex { $0.contains("client and server change places") } ?? 0
        #expect(rows[index + 1].hasPrefix("TCP 0: 127.0.0.1:9999 ⇄ 127.0.0.1:40110"))
        #expect(rows[index + 3].contains("│◀─PSH s1+6 \"200 OK\""))
    }

    @Test(arguments: [
        ("10.0.0.254: host unreachable", nil), ("server: port unreachable", nil),
        ("10.0.0.254: fragmentation needed, MTU 1400", "ICMP error"),
        ("2001:db8:1111:2222:3333:4444:5555:7777: beyond scope of source address", "ICMP error"),
    ])
    func `a reason is not cut`(words: String, label: String?) {
        var script = Script()
        script.add(.client, after: 0, .syn, s: 0, client: .synSent, server: .listen, phase: .handshake)
        script.conversation.undelivered = 1
        script.add(.server, after: 10, words: words)
        let text = script.recorded()
        #expect(text.contains(words))
        #expect(text.contains("│◀─\(label ?? words)──"))
        #expect(text.contains("1 ICMP error"))
        #expect(!text.contains("no loss"))
        for line in text.split(separator: "\n") { #expect(line.unicodeScalars.count <= 80) }
    }
}

extension Script {
    fileprivate mutating func add(_ side: ConversationSide, after microseconds: Int64, words: String) {
        add(side, after: microseconds, [], words, phase: .handshake, notes: .icmpError) { $0.payloadLength = 0 }
    }
}
