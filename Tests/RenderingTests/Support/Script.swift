import Conversations
import PacketDecoding

@testable import Rendering

/// A conversation played step by step, as a script: what a conversation table would hand to a ladder.
struct Script {
    struct Entry {
        var step: ConversationStep
        var payload: [UInt8]
        var conversation: Conversation
    }

    private(set) var entries: [Entry] = []
    var conversation: Conversation
    private var time: Int64 = 1_000_000_000

    init(
        _ transport: Transport = .tcp, number: Int = 0,
        client: Endpoint = Endpoint(address: .v4(IPv4Address(127, 0, 0, 1)), port: 40110),
        server: Endpoint = Endpoint(address: .v4(IPv4Address(127, 0, 0, 1)), port: 9999)
    ) {
        conversation = Conversation(
            key: ConversationKey(transport: transport, client: client, server: server), number: number, firstFrame: 1)
        conversation.clientState = .unknown
    }

    /// Adds a step `microseconds` after the one before.
    mutating func add(
        _ side: ConversationSide, after microseconds: Int64, _ flags: TCPFlags = [], s: Int = 0, a: Int = 0,
        _ payload: String = "", client: TCPState? = nil, server: TCPState? = nil, phase: ConversationPhase = .data,
        notes: StepNotes = [], _ change: (inout ConversationStep) -> Void = { _ in }
    ) {
        let isFirst = entries.isEmpty
        time += isFirst ? 0 : microseconds * 1000
        var step = ConversationStep(
            transport: conversation.key.transport, conversation: conversation.number, side: side,
            frame: entries.count + 1, timestamp: Timestamp(rawValue: time))
        step.sincePrevious = isFirst ? 0 : microseconds * 1000
        step.flags = flags
        step.relativeSequenceNumber = s
        step.relativeAcknowledgmentNumber = a
        step.payloadLength = payload.utf8.count
        step.window = 64
        step.clientState = client ?? conversation.clientState
        step.serverState = server ?? conversation.serverState
        step.phase = phase
        step.notes = isFirst ? notes.union(.first) : notes
        if notes.contains(.retransmission) { step.analysis.insert(.retransmission) }
        change(&step)
        if isFirst { conversation.firstTime = step.timestamp }
        conversation.lastTime = step.timestamp
        conversation.clientState = step.clientState
        conversation.serverState = step.serverState
        var totals = SideTotals()
        totals.packets = notes.contains(.icmpError) ? 0 : 1
        if notes.contains(.icmpError) { conversation.icmpErrors += 1 }
        totals.bytes = step.notes.contains(.retransmission) ? 0 : step.payloadLength
        totals.retransmissions = step.notes.contains(.retransmission) ? 1 : 0
        if side == .client { conversation.client += totals } else { conversation.server += totals }
        entries.append(Entry(step: step, payload: Array(payload.utf8), conversation: conversation))
    }

    /// Adds a datagram `microseconds` after the one before.
    mutating func send(
        _ side: ConversationSide, after microseconds: Int64, _ payload: String = "", notes: StepNotes = [],
        _ change: (inout ConversationStep) -> Void = { _ in }
    ) {
        add(side, after: microseconds, [], payload, notes: notes, change)
    }

    /// How it ended, as of the last step.
    mutating func end(_ outcome: ConversationOutcome, by side: ConversationSide?) {
        conversation.outcome = outcome
        conversation.closedBy = side
        entries[entries.count - 1].conversation = conversation
    }

    /// The greeting of the command line's contract.
    static var greeting: Script {
        var script = Script()
        script.handshake()
        script.add(.server, after: 155, [.psh, .ack], s: 1, a: 1, "Welcome!") { $0.application = .greeting }
        script.add(.client, after: 52, [.psh, .ack], s: 1, a: 9, "Michael") { $0.application = .greeting }
        script.add(.server, after: 1167, [.psh, .ack], s: 9, a: 8, "Hello, Michael!") {
            $0.application = .greeting
            $0.responseTime = 1_167_000
        }
        script.close()
        return script
    }

    mutating func handshake() {
        add(.client, after: 0, .syn, client: .synSent, server: .listen, phase: .handshake) {
            $0.window = 65495
            $0.maximumSegmentSize = 65495
        }
        add(.server, after: 744, [.syn, .ack], a: 1, client: .established, server: .synReceived, phase: .handshake) {
            $0.roundTripTime = 744_000
        }
        add(.client, after: 19, .ack, s: 1, a: 1, server: .established, phase: .handshake, notes: .handshakeComplete) {
            $0.handshakeTime = 763_000
        }
    }

    mutating func close() {
        add(
            .client, after: 27, [.fin, .ack], s: 22, a: 50, client: .finWait1, server: .closeWait, phase: .teardown,
            notes: .firstFIN)
        add(.server, after: 1320, [.fin, .ack], s: 50, a: 23, client: .timeWait, server: .lastAck, phase: .teardown)
        add(.client, after: 45, .ack, s: 23, a: 51, server: .closed, phase: .teardown, notes: .closed)
        end(.closed, by: .client)
    }

    func recorded(_ options: LadderOptions = LadderOptions(), interface: String? = "lo") -> String {
        var ladder = LadderRecorder(options)
        for entry in entries { ladder.add(entry.step, preview: entry.payload.span.raw) }
        return text { ladder.render(conversation, interface: interface, to: &$0) }
    }

    func picture(isFull: Bool = false, interface: String? = "lo") -> String {
        var picture = LadderPicture(isFull: isFull)
        for entry in entries { picture.add(entry.step, preview: entry.payload.span.raw) }
        picture.draw(conversation, interface: interface)
        return text { picture.write(to: &$0) }
    }

    func live(_ options: LadderOptions = LadderOptions(), interface: String? = "lo") -> String {
        var ladder = LiveLadder(options)
        var buffer = ByteBuffer()
        for entry in entries {
            ladder.add(
                entry.step, preview: entry.payload.span.raw, conversation: entry.conversation, interface: interface,
                to: &buffer)
        }
        ladder.finish(conversation, interface: interface, to: &buffer)
        return buffer.text
    }
}

extension SideTotals {
    fileprivate static func += (totals: inout SideTotals, other: SideTotals) {
        totals.packets += other.packets
        totals.bytes += other.bytes
        totals.retransmissions += other.retransmissions
    }
}
