import Conversations
import PacketDecoding
import Testing

/// One packet of a script: who sends what, and how long after the packet before.
struct Line: Sendable {
    enum Content: Sendable {
        case segment(TCPFlags, sequence: UInt32, acknowledgment: UInt32)
        case datagram
        /// An ICMP error about a packet that the other end sent, quoting its first 8 bytes.
        case portUnreachable
    }

    var side: ConversationSide
    var content: Content
    var payload: [UInt8] = []
    var microseconds: Int64 = 0
    var window: UInt16 = 65535
    var options: [UInt8] = []

    /// The same packet, so much later than the one before.
    func after(_ microseconds: Int64) -> Line {
        var line = self
        line.microseconds = microseconds
        return line
    }

    func window(_ window: UInt16) -> Line {
        var line = self
        line.window = window
        return line
    }

    func options(_ options: [UInt8]) -> Line {
        var line = self
        line.options = options
        return line
    }
}

/// One end of a scripted connection. It keeps count: each segment goes on where its own last one ended, and
/// acknowledges what the other end has sent, unless the script says otherwise.
final class Peer {
    let side: ConversationSide
    /// The number of the first byte of payload.
    private(set) var first: UInt32
    var next: UInt32
    weak var other: Peer?

    init(_ side: ConversationSide, initial: UInt32) {
        self.side = side
        first = initial
        next = initial
    }

    func segment(_ flags: TCPFlags, _ text: String = "", from sequence: UInt32? = nil, ack: UInt32? = nil) -> Line {
        let payload = Array(text.utf8)
        let start = sequence ?? next
        let length = UInt32(payload.count) &+ (flags.contains(.syn) ? 1 : 0) &+ (flags.contains(.fin) ? 1 : 0)
        if sequence == nil { next = start &+ length }
        if flags.contains(.syn) { first = start &+ 1 }
        let acknowledgment = flags.contains(.ack) ? ack ?? other?.next ?? 0 : 0
        return Line(
            side: side, content: .segment(flags, sequence: start, acknowledgment: acknowledgment), payload: payload)
    }

    var syn: Line { segment([.syn]) }
    var synAck: Line { segment([.syn, .ack]) }
    var ack: Line { segment([.ack]) }
    var fin: Line { segment([.fin, .ack]) }
    var rst: Line { segment([.rst, .ack]) }
    /// A RST without acknowledgment.
    var abort: Line { segment([.rst]) }

    func data(_ text: String) -> Line { segment([.psh, .ack], text) }
    /// Payload from `offset` bytes after the first one, without moving on.
    func data(_ text: String, at offset: UInt32) -> Line {
        segment([.psh, .ack], text, from: first &+ offset)
    }
    /// The last SYN or FIN, or the last `text`, once more.
    func again(_ flags: TCPFlags, _ text: String = "") -> Line {
        let length = UInt32(text.utf8.count) &+ (flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1)
        return segment(flags, text, from: next &- length)
    }
    /// An ACK of no more than `number`.
    func ack(upTo number: UInt32) -> Line { segment([.ack], ack: number) }

    func datagram(_ text: String) -> Line { Line(side: side, content: .datagram, payload: Array(text.utf8)) }
    var portUnreachable: Line { Line(side: side, content: .portUnreachable) }
}

/// Two peers and the frames between them.
struct Scene {
    var client: Peer
    var server: Peer
    var clientEnd: Endpoint
    var serverEnd: Endpoint

    init(
        clientISN: UInt32 = 1000, serverISN: UInt32 = 5000, version: Int = 4, clientPort: UInt16 = 40110,
        serverPort: UInt16 = 7777
    ) {
        client = Peer(.client, initial: clientISN)
        server = Peer(.server, initial: serverISN)
        client.other = server
        server.other = client
        let address: (UInt8) -> IPAddress = { number in
            version == 4
                ? .v4(IPv4Address(192, 0, 2, number))
                : .v6(IPv6Address(high: 0x2001_0db8_0000_0000, low: UInt64(number)))
        }
        clientEnd = Endpoint(address: address(1), port: clientPort)
        serverEnd = Endpoint(address: address(2), port: serverPort)
    }

    /// Fresh peers between the same ends.
    mutating func reopen(clientISN: UInt32, serverISN: UInt32) {
        let again = Scene(clientISN: clientISN, serverISN: serverISN)
        client = again.client
        server = again.server
    }

    func built(_ line: Line) -> BuiltPacket {
        let (from, to) = line.side == .client ? (clientEnd, serverEnd) : (serverEnd, clientEnd)
        switch line.content {
        case .segment(let flags, let sequence, let acknowledgment):
            return BuiltPacket(
                tcpFrom: from, to: to, flags: flags, sequence: sequence, acknowledgment: acknowledgment,
                window: line.window, options: line.options, payload: line.payload)
        case .datagram:
            return BuiltPacket(udpFrom: from, to: to, payload: line.payload)
        case .portUnreachable:
            return BuiltPacket(udpFrom: to, to: from, payload: []).quoted(from: from, to: to)
        }
    }
}

/// Plays a script to a table: each line must be a step.
func play(
    _ scene: Scene, _ lines: [Line], in table: inout ConversationTable, firstFrame: Int = 1
) throws -> [ConversationStep] {
    var time: Int64 = 1_700_000_000_000_000_000
    var number = firstFrame
    var steps: [ConversationStep] = []
    for line in lines {
        time += line.microseconds * 1000
        steps.append(
            try scene.built(line).step(in: &table, number: number, timestamp: Timestamp(rawValue: time)))
        number += 1
    }
    return steps
}

/// Plays a script to a table that is asked for no step.
func count(_ scene: Scene, _ lines: [Line], in table: inout ConversationTable) {
    var time: Int64 = 1_700_000_000_000_000_000
    for (index, line) in lines.enumerated() {
        time += line.microseconds * 1000
        scene.built(line).count(in: &table, number: index + 1, timestamp: Timestamp(rawValue: time))
    }
}

func play(_ scene: Scene, _ lines: [Line]) throws -> [ConversationStep] {
    var table = ConversationTable(seed: 1)
    return try play(scene, lines, in: &table)
}

/// The conversation, which must be there.
func conversation(
    _ transport: Transport, _ number: Int, of table: borrowing ConversationTable
) throws -> Conversation {
    let conversation = table.conversation(transport, number)
    return try #require(conversation)
}

extension ConversationStep {
    /// Both states as a ladder has them: `ESTABLISHED | SYN-RECEIVED`.
    var states: String { "\(clientState.name) | \(serverState.name)" }
}
