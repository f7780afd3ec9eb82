// What `protocols`, `trace`, `conversations`, `expert` and `follow` print.

import Conversations
import PacketDecoding
import Rendering

struct Protocols: Output, ~Copyable {
    private var counts = ProtocolCounts()
    private var changes = FieldChanges()
    private var buffer: ByteBuffer
    private let showsChanges: Bool

    init(_ choices: Choices, _ buffer: consuming ByteBuffer) {
        showsChanges = choices.option(2)
        self.buffer = buffer
    }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        let packet = decoder.decode(frame)
        requireSound(packet)
        counts.add(packet)
        if showsChanges { changes.write(packet, to: &buffer) }
    }

    mutating func finish() {
        buffer.protocolTable(counts)
        requirePrintable(buffer.bytes)
        buffer.removeAll()
        buffer.protocolRecords(counts)
        requirePrintable(buffer.bytes)
        requireJSONLines(buffer.bytes)
    }
}

struct ConversationLists: Output, ~Copyable {
    private var steps = Steps()
    private var buffer: ByteBuffer
    private let isJSON, isFollowed: Bool

    init(_ choices: Choices, _ buffer: consuming ByteBuffer) {
        isJSON = choices.option(2)
        isFollowed = choices.option(3)
        self.buffer = buffer
    }

    private static func payload(_ bytes: Int) -> StreamPayload {
        var payload = StreamPayload()
        payload.bytes = bytes
        payload.digest = bytes == 0 ? nil : [UInt8](repeating: 7, count: 32)
        payload.gaps = bytes & 1
        payload.gapBytes = bytes / 2
        return payload
    }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        steps.observe(frame, &decoder) { step, _, _ in
            if isJSON && step.transport == .tcp && !step.notes.contains(.icmpError) { buffer.segmentRecord(step) }
        }
    }

    mutating func finish() {
        if isJSON {
            steps.forEach { conversation in
                let said = isFollowed ? Self.payload(conversation.client.bytes) : nil
                let answered = isFollowed ? Self.payload(conversation.server.bytes) : nil
                buffer.conversationRecord(conversation, clientPayload: said, serverPayload: answered)
            }
            requireJSONLines(buffer.bytes)
        } else {
            var report = ConversationTableReport()
            steps.forEach { report.measure($0.summary) }
            report.writeHeader(to: &buffer)
            for column in ConversationColumn.allCases {
                var keys: [ConversationSortKey] = []
                steps.forEach { keys.append(column.sortKey($0.summary)) }
                keys.sort { $0.precedes($1, isDescending: column == .bytes) }
                for key in keys {
                    if let conversation = steps.conversation(key.transport, key.number) {
                        report.write(conversation.summary, to: &buffer)
                    }
                }
            }
        }
        requirePrintable(buffer.bytes)
    }
}

struct Observations: Output, ~Copyable {
    private var table = ConversationTable(seed: 1, ports: ports)
    private var report = ExpertReport()
    private var buffer: ByteBuffer

    init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        let packet = decoder.decode(frame)
        requireSound(packet)
        report.add(packet)
        if let step = table.observe(packet) { report.add(step) }
    }

    mutating func finish() {
        report.addConflict(frame: 1)
        report.addIncomplete(1)
        buffer.expertTable(report)
        requirePrintable(buffer.bytes)
        buffer.removeAll()
        buffer.expertRecords(report)
        requirePrintable(buffer.bytes)
        requireJSONLines(buffer.bytes)
    }
}

struct Transcripts: Output, ~Copyable {
    private var steps = Steps()
    private var streams: StreamReassembler
    private var told: CheckedTranscript

    init(_ choices: Choices) {
        // With so little memory, or for so few conversations, that they have to make room for others.
        streams =
            choices.option(4) ? StreamReassembler(memoryLimit: 1 << 20, capacity: 2) : StreamReassembler(memoryLimit: 0)
        told = CheckedTranscript(choices)
    }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        steps.observe(frame, &decoder) { step, payload, conversation in
            if step.notes.contains(.icmpError) { return }
            told.note(conversation)
            if step.notes.contains(.rolesChanged) { told.swapRoles(of: conversation) }
            if step.transport == .tcp { return streams.observe(step, payload, into: &told) }
            told.transcript.begin(conversation)
            told.transcript.datagram(
                payload, length: step.payloadLength,
                at: StreamPlace(
                    conversation: step.conversation, side: step.side, frame: step.frame, timestamp: step.timestamp))
        }
        told.check()
    }

    mutating func finish() {
        streams.finish(into: &told)
        told.transcript.endTurn()
        steps.forEach { told.transcript.finish($0) }
        told.check()
    }
}

/// Hands streams on to a transcript, and ends the run unless each comes piece by piece and without overlap.
private struct CheckedTranscript: StreamConsumer, ~Copyable {
    var transcript: StreamTranscript
    /// By number; every TCP conversation that a step was of.
    private var conversations: [Conversation] = []
    /// Where each stream has got to; negative after its end.
    private var ends: [Int] = []
    private let allowance: Allowance
    private let isJSON, isForgetful: Bool

    init(_ choices: Choices) {
        isForgetful = choices.option(4)
        var options = TranscriptOptions()
        switch choices.pair(2) {
        case 0: options.format = .text
        case 1: options.format = .hex
        case 2: options.format = .json
        default: options.usesASCII = true
        }
        // Not through self, which is not whole yet: Swift 6.3 would destroy what the closure of && took for it.
        let isJSON = choices.pair(2) == 2
        options.usesColor = choices.option(4) && !isJSON
        var allowance: Allowance = options.usesColor ? [.colors, .tabs] : [.tabs]
        if options.usesASCII { allowance.insert(.onlyASCII) }
        if isJSON { allowance = .nothing }
        self.allowance = allowance
        self.isJSON = isJSON
        transcript = StreamTranscript(options)
    }

    mutating func note(_ conversation: Conversation) {
        guard conversation.key.transport == .tcp else { return }
        if conversation.number == conversations.count {
            conversations.append(conversation)
            ends += [0, 0]
        } else if conversation.number < conversations.count {
            conversations[conversation.number] = conversation
        } else {
            finding("a conversation that never began")
        }
        transcript.announce(conversation)
    }

    /// Client and server have changed places, and so have what each has sent.
    mutating func swapRoles(of conversation: Conversation) {
        transcript.swapRoles(of: conversation)
        guard conversation.key.transport == .tcp else { return }
        ends.swapAt(conversation.number * 2, conversation.number * 2 + 1)
    }

    mutating func check() {
        requirePrintable(transcript.text.bytes, allowing: allowance)
        if isJSON { requireJSONLines(transcript.text.bytes) }
        transcript.text.removeAll()
    }

    /// Goes on with the conversation of `place`, whose stream must have got there.
    private mutating func advance(_ length: Int, at place: StreamPlace) {
        transcript.begin(conversations[place.conversation])
        let stream = place.conversation * 2 + (place.side == .client ? 0 : 1)
        if length < 1 { finding("a piece of a stream that is empty") }
        // A conversation that was given up begins anew if it goes on.
        if isForgetful { return }
        if ends[stream] < 0 { finding("a piece of a stream after its end") }
        if place.offset != ends[stream] { finding("a piece of a stream that does not follow the one before") }
        ends[stream] = place.offset + length
    }

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        advance(bytes.byteCount, at: place)
        transcript.data(bytes, at: place)
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        advance(length, at: place)
        transcript.gap(length, reason, at: place)
    }

    mutating func conflict(_ bytes: RawSpan, at place: StreamPlace) {
        transcript.begin(conversations[place.conversation])
        transcript.conflict(bytes, at: place)
    }

    mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {
        transcript.begin(conversations[place.conversation])
        transcript.discarded(length, reason, at: place)
    }

    mutating func reset(at place: StreamPlace) {
        transcript.begin(conversations[place.conversation])
        transcript.reset(at: place)
    }

    mutating func end(_ ending: StreamEnding, at place: StreamPlace) {
        transcript.begin(conversations[place.conversation])
        let stream = place.conversation * 2 + (place.side == .client ? 0 : 1)
        if !isForgetful {
            if ends[stream] < 0 { finding("a stream that ends twice") }
            if place.offset != ends[stream] { finding("a stream that ends elsewhere") }
            ends[stream] = -1
        }
        transcript.end(ending, at: place)
    }
}
