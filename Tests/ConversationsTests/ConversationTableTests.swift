import Conversations
import PacketDecoding
import Testing

/// Which packets make one conversation, and how many of them are kept.
@Suite struct ConversationTableTests {
    let scene = Scene()
    var client: Peer { scene.client }
    var server: Peer { scene.server }

    @Test(arguments: [4, 6])
    func `both directions are one conversation`(version: Int) throws {
        let scene = Scene(version: version)
        var table = ConversationTable(seed: 1)
        let steps = try play(
            scene, [scene.client.syn, scene.server.synAck, scene.client.ack], in: &table, firstFrame: 12)
        #expect(steps.map(\.side) == [.client, .server, .client])
        #expect(table.count == 1)
        let conversation = try conversation(.tcp, 0, of: table)
        #expect(conversation.key == ConversationKey(transport: .tcp, client: scene.clientEnd, server: scene.serverEnd))
        #expect(conversation.firstFrame == 12)
        #expect(conversation.sawBeginning)
        #expect(conversation.packets == 3)
        #expect(table.conversation(.tcp, 1)?.key == nil)
        #expect(table.conversation(.udp, 0)?.key == nil)
    }

    @Test func `both ends on one address keep their sides`() throws {
        var scene = Scene()
        scene.serverEnd = Endpoint(address: scene.clientEnd.address, port: 9)
        let steps = try play(scene, [scene.client.syn, scene.server.synAck])
        #expect(steps.map(\.side) == [.client, .server])
    }

    @Test func `TCP and UDP count apart`() throws {
        var table = ConversationTable(seed: 1)
        let steps = try play(
            scene, [client.syn, client.datagram("a"), server.datagram("bc").after(70), server.synAck], in: &table)
        #expect(steps.map(\.transport) == [.tcp, .udp, .udp, .tcp])
        #expect(steps.map(\.conversation) == [0, 0, 0, 0])
        #expect(steps[2].responseTime == 70_000)
        #expect(steps[2].payloadLength == 2)
        #expect(steps[2].flags == [])
        #expect(steps[2].notes == [])
        let udp = try conversation(.udp, 0, of: table)
        #expect(udp.client.bytes == 1)
        #expect(udp.server.bytes == 2)
        #expect(udp.outcome == .open)
        #expect(table.startedCount(.tcp) == 1)
        #expect(table.startedCount(.udp) == 1)
    }

    @Test(arguments: [
        ("what it says", 7777, "Welcome!", ConversationSide.server), ("its port", 9999, "", .server),
        ("another protocol's port", 8080, "", .server), ("a port that is none of clients", 7777, "Welcome", .server),
        ("nothing", 47_777, "Welcome", .client),
    ])
    func `midstream the server is known by`(_ sign: String, port: UInt16, text: String, side: ConversationSide) throws {
        let scene = Scene(serverPort: port)
        for line in [scene.server.data(text), scene.server.datagram(text)] {
            let steps = try play(scene, [line])
            #expect(steps.map(\.side) == [side], "\(sign)")
        }
    }

    @Test func `a datagram greeting may begin with nothing`() throws {
        let steps = try play(
            scene, [client.datagram(""), server.datagram("Welcome!").after(9), client.datagram("Michael")])
        #expect(steps.map(\.application) == [nil, .greeting, .greeting])
        #expect(steps[1].responseTime == 9000)
    }

    @Test func `a SYN with a new number begins another conversation`() throws {
        var scene = scene
        var table = ConversationTable(seed: 1)
        _ = try play(scene, [client.syn, client.again([.syn])], in: &table)
        scene.reopen(clientISN: 7_000_000, serverISN: 8_000_000)
        let steps = try play(
            scene, [scene.client.syn, scene.server.synAck, scene.client.ack, scene.client.fin], in: &table)
        #expect(steps.map(\.conversation) == [1, 1, 1, 1])
        #expect(steps[0].notes == .first)
        #expect(table.conversation(.tcp, 0)?.packets == 2)
        #expect(table.conversation(.tcp, 1)?.packets == 4)
    }

    /// RFC 5961 section 4.
    @Test func `a SYN that no one answers does not end the connection`() throws {
        var scene = scene
        var table = ConversationTable(seed: 1)
        let old = scene
        _ = try play(scene, [client.syn, server.synAck, client.ack, client.data("one")], in: &table)
        scene.reopen(clientISN: 3_000_000_000, serverISN: 8_000_000)
        let syn = scene.client.syn
        let steps = try play(
            old, [syn, old.server.ack, scene.client.again([.syn]), old.client.data("two"), old.server.ack], in: &table)
        #expect(steps.map(\.conversation) == [1, 0, 1, 0, 0])
        #expect(steps[4].relativeAcknowledgmentNumber == 7)
        let third = old.client.segment([.syn], from: 2_000_000_000)
        let last = try play(old, [third, old.client.fin, old.server.fin, old.client.ack], in: &table)
        #expect(last.map(\.conversation) == [2, 0, 0, 0])
        #expect(table.conversation(.tcp, 0)?.outcome == .closed)
        #expect(table.conversation(.tcp, 1)?.packets == 2)
    }

    @Test func `a client that starts anew resets what it has forgotten`() throws {
        var scene = scene
        let old = scene
        var table = ConversationTable(seed: 1)
        _ = try play(scene, [client.syn, server.synAck, client.ack], in: &table)
        scene.reopen(clientISN: 3_000_000_000, serverISN: 8_000_000)
        let new = scene
        let steps = try play(
            scene,
            [
                new.client.syn, old.server.ack, old.client.abort, new.client.again([.syn]), new.server.synAck,
                new.client.ack, new.server.data("a"),
            ], in: &table)
        #expect(steps.map(\.conversation) == [1, 0, 0, 1, 1, 1, 1])
        #expect(table.conversation(.tcp, 0)?.outcome == .reset)
        #expect(steps[6].states == "ESTABLISHED | ESTABLISHED")
    }

    @Test func `ports are reused after a close, by either end`() throws {
        var scene = scene
        var table = ConversationTable(seed: 1)
        _ = try play(
            scene,
            [client.syn, server.synAck, client.ack, client.fin, server.fin, client.ack], in: &table)
        scene.reopen(clientISN: 1, serverISN: 70000)
        let back = try play(scene, [scene.server.syn, scene.client.synAck], in: &table)
        #expect(back.map(\.conversation) == [1, 1])
        #expect(table.conversation(.tcp, 1)?.key.client == scene.serverEnd)
        #expect(back[0].states == "SYN-SENT | LISTEN")
    }

    @Test func `a SYN,ACK of a new number goes on with its conversation`() throws {
        var scene = scene
        var table = ConversationTable(seed: 1)
        _ = try play(scene, [client.syn, server.synAck, client.ack, server.rst], in: &table)
        scene.reopen(clientISN: 90000, serverISN: 70000)
        _ = scene.client.syn
        let steps = try play(scene, [scene.server.synAck], in: &table)
        #expect(steps[0].conversation == 0)
        #expect(steps[0].side == .server)
        #expect(steps[0].wiresharkAnalysis.contains(.reusedPorts))
    }

    @Test func `an ICMP error is a step of the conversation it quotes`() throws {
        var table = ConversationTable(seed: 1)
        let steps = try play(
            scene, [client.datagram("anyone?"), server.portUnreachable.after(30), client.datagram("still?").after(20)],
            in: &table)
        #expect(steps[1].notes == .icmpError)
        #expect(steps[1].side == .server)
        #expect(steps[1].conversation == 0)
        #expect(steps[1].payloadLength == 0)
        #expect(steps.map(\.sincePrevious) == [0, 30000, 20000])
        #expect(table.conversation(.udp, 0)?.packets == 2)
    }

    @Test func `an ICMP error about a segment leaves the states`() throws {
        var table = ConversationTable(seed: 1)
        let syn = scene.built(client.syn)
        let error = syn.quoted(from: scene.serverEnd, to: scene.clientEnd)
        _ = try syn.step(in: &table)
        let step = try error.step(in: &table)
        #expect(step.transport == .tcp)
        #expect(step.states == "SYN-SENT | LISTEN")
        #expect(step.phase == .handshake)
    }

    @Test func `an ICMP error about nothing captured is no step`() {
        var table = ConversationTable(seed: 1)
        let step = scene.built(server.portUnreachable).observe(in: &table)
        #expect(step == nil)
        #expect(table.count == 0)
    }

    @Test func `a first fragment counts with what it carries`() throws {
        let packet = BuiltPacket(
            udpFrom: scene.clientEnd, to: scene.serverEnd, payload: [UInt8](repeating: 7, count: 32), length: 3000,
            moreFragments: true)
        var table = ConversationTable(seed: 1)
        let step = try packet.step(in: &table)
        #expect(step.payloadLength == 32)
    }

    @Test(arguments: [24, 35])
    func `a segment cut in its header is in no conversation`(captured: Int) {
        var table = ConversationTable(seed: 1)
        let step = scene.built(client.syn).snapped(to: captured).observe(in: &table)
        #expect(step == nil)
    }

    @Test func `a segment of an impossible header length only counts`() throws {
        var table = ConversationTable(seed: 1)
        _ = try play(scene, [client.syn], in: &table)
        var packet = scene.built(server.rst)
        packet.bytes[32] = 0x40
        packet.layers = [
            Layer(.ipv4, at: 0, headerLength: 20, end: 40),
            Layer(.tcp, at: 20, headerLength: 20, end: 40, traits: .partial),
        ]
        let step = try packet.step(in: &table)
        #expect(step.conversation == 0)
        #expect(step.flags == [])
        #expect(step.states == "SYN-SENT | LISTEN")
        #expect(try conversation(.tcp, 0, of: table).server.packets == 1)
    }

    /// Its length is on the wire: what is missing of the header is no payload.
    @Test(arguments: 36...70)
    func `the payload of a segment cut in its header begins behind the whole of it`(captured: Int) throws {
        var table = ConversationTable(seed: 7)
        let line = client.data("Michael").options([UInt8](repeating: 1, count: 20))
        #expect(try scene.built(line).snapped(to: captured).step(in: &table).payloadLength == 7)
    }

    @Test func `a segment cut in its payload counts whole`() throws {
        var table = ConversationTable(seed: 1)
        let step = try scene.built(client.data("Michael")).snapped(to: 41).step(in: &table)
        #expect(step.payloadLength == 7)
    }

    /// A SYN from each of `clients` ports, unless the scene's own, in order.
    private func syn(from port: Int) -> BuiltPacket {
        var scene = scene
        scene.clientEnd = Endpoint(address: scene.clientEnd.address, port: UInt16(truncatingIfNeeded: port))
        return scene.built(Scene().client.syn)
    }

    private func numbers(of table: borrowing ConversationTable) -> [Int] {
        var numbers: [Int] = []
        table.forEach(.tcp) { numbers.append($0.number) }
        return numbers
    }

    @Test func `a full table gives up the longest silent`() throws {
        var table = ConversationTable(capacity: 3, seed: 1)
        for port in 1...3 { _ = syn(from: port).observe(in: &table) }
        _ = syn(from: 1).observe(in: &table)
        _ = syn(from: 4).observe(in: &table)
        #expect(table.count == 3)
        #expect(table.evictedCount == 1)
        #expect(numbers(of: table) == [0, 2, 3])
        #expect(table.conversation(.tcp, 1)?.key == nil)
        #expect(table.conversation(.tcp, 3)?.key.client.port == 4)
        let again = try syn(from: 2).step(in: &table)
        #expect(again.conversation == 4)
        #expect(again.notes == .first)
    }

    @Test func `what is given up is handed over as it was, once, where that is wanted`() throws {
        var table = ConversationTable(capacity: 2, seed: 1)
        table.keepsEvicted = true
        _ = try play(scene, [client.syn, server.synAck, client.ack, client.data("abc")], in: &table)
        _ = syn(from: 1).observe(in: &table)
        let none = table.takeEvicted()
        #expect(none?.conversation.number == nil)
        _ = syn(from: 2).observe(in: &table)
        let given = table.takeEvicted()
        let first = try #require(given)
        #expect(first.conversation.number == 0)
        #expect(first.conversation.packets == 4)
        #expect(first.conversation.client.bytes == 3)
        #expect(!first.areRolesChanged)
        let again = table.takeEvicted()
        #expect(again?.conversation.number == nil)
        _ = syn(from: 3).observe(in: &table)
        let second = table.takeEvicted()
        #expect(second?.conversation.number == 1)
        table.keepsEvicted = false
        _ = syn(from: 4).observe(in: &table)
        let unkept = table.takeEvicted()
        #expect(unkept?.conversation.number == nil)
        #expect(table.evictedCount == 3)
    }

    @Test func `the same ends in another tunnel have another conversation`() throws {
        var table = ConversationTable(seed: 1)
        let plain = scene.built(client.syn)
        let back = scene.built(server.synAck)
        let gre: (UInt32?) -> [UInt8] = { key in
            key.map { [0x20, 0, 8, 0] + big($0) } ?? [0, 0, 8, 0]
        }
        func tunnelled(_ packet: BuiltPacket, sender: UInt8, _ header: [UInt8]?) -> BuiltPacket {
            var outer = packet.tunnelled(sender: sender)
            if let header {
                outer.protocolNumber = 47
                outer.payload = header + outer.payload
            }
            return outer.piece(0, outer.payload.count)
        }
        let packets = [
            plain, tunnelled(plain, sender: 1, nil), tunnelled(plain, sender: 2, nil),
            tunnelled(plain, sender: 2, gre(nil)), tunnelled(plain, sender: 2, gre(7)),
            tunnelled(plain, sender: 2, gre(8)),
        ]
        for (index, packet) in packets.enumerated() {
            #expect(try packet.step(in: &table, number: index + 1).conversation == index)
        }
        // The way back has its outer addresses exchanged.
        var reply = tunnelled(back, sender: 2, gre(7))
        for index in 0..<4 { reply.bytes.swapAt(12 + index, 16 + index) }
        #expect(try reply.step(in: &table, number: 7).conversation == 4)
        #expect(try back.step(in: &table, number: 8).conversation == 0)
        #expect(table.count == 6)
        // An error that was not in the tunnel belongs to the packet it quotes, as does one that travelled in it.
        let error = plain.quoted(from: scene.serverEnd, to: scene.clientEnd)
        #expect(try error.step(in: &table, number: 9).conversation == 0)
    }

    @Test func `the two directions may come in different tunnels`() throws {
        func tunnelled(_ line: Line, sender: UInt8) -> BuiltPacket {
            let outer = scene.built(line).tunnelled(sender: sender)
            return outer.piece(0, outer.payload.count)
        }
        let lines = [client.syn, server.synAck, client.ack, server.data("a")]
        let again = [client.segment([.syn], from: 77), server.segment([.syn, .ack], ack: 78)]
        let ways: [(client: UInt8?, server: UInt8?)] = [(1, 2), (nil, 3), (4, nil)]
        for way in ways {
            var table = ConversationTable(capacity: 2, seed: 1)
            for (index, line) in (lines + again).enumerated() {
                let sender = line.side == .client ? way.client : way.server
                let packet = sender.map { tunnelled(line, sender: $0) } ?? scene.built(line)
                let step = try packet.step(in: &table, number: index + 1)
                #expect(step.conversation == index / 4)
                #expect(step.side == line.side)
            }
            // Those of another tunnel have a conversation of their own, and leave nothing behind.
            for port in 1...4 { _ = tunnelled(lines[0], sender: UInt8(100 + port)).observe(in: &table) }
            #expect(table.count == 2)
            #expect(table.startedCount(.tcp) == 6)
        }
    }

    @Test func `a full table gives up what is closed first`() throws {
        var table = ConversationTable(capacity: 3, seed: 1)
        for port in 1...2 { _ = syn(from: port).observe(in: &table) }
        _ = try play(scene, [client.syn, server.segment([.rst, .ack], from: 0, ack: 1001)], in: &table)
        _ = syn(from: 5).observe(in: &table)
        #expect(numbers(of: table) == [0, 1, 3])
        _ = syn(from: 6).observe(in: &table)
        #expect(numbers(of: table) == [1, 3, 4])
        #expect(table.evictedCount == 2)
    }

    @Test func `a conversation may make room for its own successor`() throws {
        var table = ConversationTable(capacity: 1, seed: 1)
        for number in 0..<5 {
            let scene = Scene(clientISN: UInt32(number) * 1000)
            let steps = try play(scene, [scene.client.syn, scene.server.synAck], in: &table)
            #expect(steps.map(\.conversation) == [number, number])
        }
        #expect(table.count == 1)
        #expect(table.evictedCount == 4)
    }

    @Test func `a flood of SYNs takes no more than the capacity`() throws {
        var table = ConversationTable(capacity: 1000, seed: 1)
        var last: ConversationStep?
        for port in 1...50_000 { last = syn(from: port).observe(in: &table) }
        #expect(table.count == 1000)
        #expect(table.evictedCount == 49_000)
        #expect(table.startedCount(.tcp) == 50_000)
        #expect(last?.conversation == 49_999)
        #expect(numbers(of: table) == Array(49_000..<50_000))
        for port in 49_001...50_000 {
            let step = try syn(from: port).step(in: &table)
            #expect(step.conversation == port - 1)
        }
    }

    @Test func `capacity is at least one`() {
        #expect(ConversationTable(capacity: -5).capacity == 1)
        #expect(ConversationTable(capacity: .max).capacity == Int(Int32.max))
    }

    /// Any flags, numbers and lengths, between a few ends, in a table too small for them.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `no sequence of segments stops it`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var table = ConversationTable(capacity: 5, seed: seed)
        let near: [UInt32] = [0, 1, 0x7fff_ffff, 0x8000_0000, .max]
        var sides = [0, 0]
        for number in 1...25_000 {
            let port = UInt16.random(in: 1...8, using: &random)
            var ends = [scene.clientEnd, Endpoint(address: scene.serverEnd.address, port: port)]
            if port == 8 { ends[0] = ends[1] }
            ends.shuffle(using: &random)
            let wild = Bool.random(using: &random)
            let pick: (inout SplitMix) -> UInt32 = { random in
                wild ? .random(in: .min ... .max, using: &random) : near.randomElement(using: &random) ?? 0
            }
            var packet = BuiltPacket(
                tcpFrom: ends[0], to: ends[1], flags: TCPFlags(rawValue: .random(in: 0...0x1ff, using: &random)),
                sequence: pick(&random), acknowledgment: pick(&random),
                payload: [UInt8](repeating: 65, count: .random(in: 0...9, using: &random)))
            if number % 7 == 0 {
                // As segmentation offload leaves it: the frame's own length counts.
                packet.bytes[2] = 0
                packet.bytes[3] = 0
                packet.wireLength = .random(in: 64...0xffff_ffff, using: &random)
            }
            let step = try packet.step(
                in: &table, number: number, timestamp: Timestamp(rawValue: .random(in: .min ... .max, using: &random)))
            sides[step.side == .client ? 0 : 1] += 1
            #expect(table.count <= 5)
        }
        #expect(sides.allSatisfy { $0 > 1000 })
        table.forEach(.tcp) { conversation in
            #expect(conversation.client.bytes >= 0)
            #expect(conversation.server.bytes >= 0)
        }
    }
}

/// Numbers that are the same on every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
