import PacketDecoding
import Testing

@testable import Conversations

/// Which packets are copies of one that was captured before, and which were sent again, in scripts.
@Suite struct CopyLogTests {
    /// Where and when a packet is captured.
    struct Capture {
        var line: Line
        var microseconds: Int64
        var vlans: [UInt16] = []
        var identification: UInt16 = 0
        var interface: UInt32 = 1
        /// Routers that it has passed.
        var hops: UInt8 = 0
    }

    private let scene = Scene()
    private let scene6 = Scene(version: 6)

    /// - Returns: of each packet whether it is a copy, and the table's first conversation.
    private func play(_ scene: Scene, _ captures: [Capture]) throws -> (copies: [Bool], Conversation) {
        var table = ConversationTable(seed: 1)
        var counted = ConversationTable(seed: 1)
        var copies: [Bool] = []
        var transport = Transport.tcp
        for (index, capture) in captures.enumerated() {
            var packet = scene.built(capture.line)
            packet.identification = capture.identification
            packet.bytes[packet.linkType == .ipv4 ? 8 : 7] -= capture.hops
            packet = packet.tagged(capture.vlans)
            let time = Timestamp(rawValue: 1_700_000_000_000_000_000 + capture.microseconds * 1000)
            let step = packet.decoded(number: index + 1, timestamp: time, interface: capture.interface) {
                counted.count($0)
                return table.observe($0)
            }
            let found = try #require(step)
            #expect(found.conversation == 0)
            transport = found.transport
            copies.append(found.notes.contains(.copy))
        }
        let conversation = try conversation(transport, 0, of: table)
        #expect(counted.conversation(transport, 0) == conversation)
        #expect(conversation.copies == copies.count(where: { $0 }))
        return (copies, conversation)
    }

    private static func lines(_ scene: Scene) -> [Line] {
        let (client, server) = (scene.client, scene.server)
        return [
            client.syn, server.synAck, client.ack, client.data("ask"), server.ack, server.data("answer"), client.ack,
            client.fin, server.fin, client.ack,
        ]
    }

    /// RFC 5681 section 4.2: an ACK for each segment behind a hole. IPv6 has no identification.
    @Test func `duplicate ACKs are no copies, but where other packets have copies`() throws {
        let (client, server) = (scene6.client, scene6.server)
        func burst() -> [Line] {
            let acks = [client.ack, client.ack, client.ack, client.ack]
            return ["lost", "one", "two", "six"].map { server.data($0) }.dropFirst() + acks
        }
        let opening = [client.syn, server.synAck, client.ack]
        let once = (opening + burst()).enumerated().map { Capture(line: $1, microseconds: Int64($0) * 10) }
        #expect(try play(scene6, once).copies == Array(repeating: false, count: 10))
        let twice = twice(opening + [client.ack]) { _ in }
        #expect(try play(scene6, twice).copies == [false, true, false, true, false, true, false, true])
    }

    /// Each packet twice, 20 microseconds apart; the second as `change` has it.
    private func twice(_ lines: [Line], _ change: (inout Capture) -> Void) -> [Capture] {
        lines.enumerated().flatMap { index, line in
            let first = Capture(
                line: line, microseconds: Int64(index) * 1000, identification: UInt16(truncatingIfNeeded: index + 100))
            var second = first
            second.microseconds += 20
            change(&second)
            return [first, second]
        }
    }

    @Test(
        arguments: [
            { $0.interface = 2 }, { $0.vlans = [5] }, { $0.hops = 1 }, { _ in },
            {
                $0.interface = 2; $0.vlans = [7, 8]; $0.hops = 1
            }, { $0.microseconds += 900 },
        ] as [@Sendable (inout Capture) -> Void], [4, 6])
    func `each packet of a connection twice is a connection`(
        change: @Sendable (inout Capture) -> Void, version: Int
    ) throws {
        let scene = version == 4 ? scene : scene6
        let (copies, conversation) = try play(scene, twice(Self.lines(scene), change))
        #expect(copies == (0..<20).map { $0 % 2 == 1 })
        #expect(conversation.packets == 20 && conversation.copies == 10)
        #expect(conversation.client.retransmissions == 0 && conversation.client.duplicateACKs == 0)
        #expect(conversation.client.bytes == 3 && conversation.server.bytes == 6)
        #expect(conversation.outcome == .closed)
    }

    @Test func `a burst that a router hands on is copies, the segment sent again within it is not`() throws {
        let client = scene.client
        var captures = [client.syn, scene.server.synAck, client.ack].enumerated().map {
            Capture(line: $1, microseconds: Int64($0), identification: UInt16($0 + 1))
        }
        let burst = (0..<60).map { Capture(line: client.data("0123456789"), microseconds: 10, identification: $0 + 50) }
        captures += burst
        captures += burst.map {
            var copy = $0
            copy.microseconds = 500
            copy.hops = 1
            return copy
        }
        captures.append(Capture(line: client.data("0123456789", at: 590), microseconds: 600, identification: 200))
        let (copies, conversation) = try play(scene, captures)
        #expect(copies == (0..<124).map { (63..<123).contains($0) })
        #expect(conversation.client.bytes == 600)
        #expect(conversation.client.retransmissions == 1)
    }

    @Test(
        arguments: [
            // Another identification: sent again, however soon.
            (7, 8, 20), (7, 8, 300_000),
            // None, and later than any copy comes.
            (0, 0, 250_000), (0, 0, 75_000_000),
        ] as [(UInt16, UInt16, Int64)])
    func `what is sent again is no copy`(row: (UInt16, UInt16, Int64)) throws {
        let (client, server) = (scene.client, scene.server)
        let before = [client.syn, server.synAck, client.ack, client.data("ask"), server.ack]
        var captures = before.enumerated().map {
            Capture(line: $1, microseconds: Int64($0) * 1000, identification: UInt16($0 + 1))
        }
        let (first, second, microseconds) = row
        captures.append(Capture(line: client.data("x"), microseconds: 10_000, identification: first))
        captures.append(
            Capture(line: client.again([.psh, .ack], "x"), microseconds: 10_000 + microseconds, identification: second))
        let (copies, _) = try play(scene, captures)
        #expect(!copies.contains(true))
    }

    /// Some senders give every packet the same identification: then it tells nothing.
    @Test func `an identification that all packets have says nothing`() throws {
        let (client, server) = (scene.client, scene.server)
        let lines = [client.syn, server.synAck, client.ack, client.data("a"), client.again([.psh, .ack], "a")]
        let captures = lines.enumerated().map {
            Capture(line: $1, microseconds: Int64($0) * 100_000, identification: 1)
        }
        #expect(try !play(scene, captures).copies.contains(true))
    }

    /// Duplicate ACKs over IPv6 look all the same: what the other side sent in between asked for them.
    @Test func `duplicate ACKs are none of copies`() throws {
        let (client, server) = (scene6.client, scene6.server)
        var lines = [client.syn, server.synAck, client.ack, client.data("a")]
        _ = client.data("lost")
        for _ in 0..<4 {
            lines.append(client.data("b"))
            lines.append(server.ack(upTo: client.first &+ 1))
        }
        let captures = lines.enumerated().map { Capture(line: $1, microseconds: Int64($0) * 10) }
        #expect(try !play(scene6, captures).copies.contains(true))
    }

    @Test func `datagrams are copies where their identification or their place says so`() throws {
        let (client, server) = (scene.client, scene.server)
        let lines = [client.datagram("a"), client.datagram("a"), server.datagram("b")]
        #expect(try play(scene, twice(lines, { _ in })).copies == [false, true, false, true, false, true])
        let same = lines[0..<2].enumerated().map { Capture(line: $1, microseconds: Int64($0) * 10) }
        #expect(try play(scene, same).copies == [false, false])
        #expect(try play(scene6, twice(lines, { $0.interface = 2 })).copies[1])
        let (_, conversation) = try play(scene, twice(lines, { $0.hops = 1 }))
        #expect(conversation.client.bytes == 2 && conversation.server.bytes == 1)
    }
}
