// What `ladder` draws.

import Conversations
import PacketDecoding
import Rendering

/// Makes steps of conversations of frames.
private struct Steps: ~Copyable {
    private var table = ConversationTable(seed: 1, ports: ports)

    /// Hands `body` the step that a frame is, if it is one, and the bytes to show of it.
    mutating func observe(
        _ frame: Frame, _ decoder: inout PacketDecoder, _ body: (ConversationStep, RawSpan, Conversation) -> Void
    ) {
        let packet = decoder.decode(frame)
        requireSound(packet)
        guard let step = table.observe(packet), let conversation = table.conversation(step.transport, step.conversation)
        else { return }
        if step.notes.contains(.icmpError), let icmp = packet.firstIndex(of: .icmp) ?? packet.firstIndex(of: .icmpv6) {
            var words = ByteBuffer()
            packet.summarize(icmp, context: SummaryContext(), to: &words)
            body(step, words.bytes, conversation)
        } else if let transport = packet.firstIndex(of: step.transport == .tcp ? .tcp : .udp) {
            body(step, packet.payload(at: transport), conversation)
        }
    }

    /// Every conversation, by number.
    func forEach(_ body: (Conversation) -> Void) {
        for transport in [Transport.tcp, .udp] {
            for number in 0..<table.startedCount(transport) {
                if let conversation = table.conversation(transport, number) { body(conversation) }
            }
        }
    }
}

extension LadderOptions {
    fileprivate init(_ choices: Choices) {
        self.init()
        isFull = choices.option(0)
        columns = [80, 132, 72, 40][choices.pair(1)]
        usesASCII = choices.option(3)
    }

    fileprivate var allowance: Allowance {
        (usesASCII ? Allowance.onlyASCII : .nothing).union(usesColor ? .colors : .nothing)
    }
}

struct RecordedLadders: Output, ~Copyable {
    private var steps = Steps()
    private var recorder: LadderRecorder
    private var buffer: ByteBuffer
    private let interface: String
    private let allowance: Allowance

    init(_ choices: Choices, _ buffer: consuming ByteBuffer, interface: String) {
        let options = LadderOptions(choices)
        recorder = LadderRecorder(options)
        allowance = options.allowance
        self.interface = interface
        self.buffer = buffer
    }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        steps.observe(frame, &decoder) { step, preview, _ in recorder.add(step, preview: preview) }
    }

    mutating func finish() {
        steps.forEach { conversation in
            recorder.render(conversation, interface: interface, to: &buffer)
            requirePrintable(buffer.bytes, allowing: allowance)
            buffer.removeAll()
        }
    }
}

struct Pictures: Output, ~Copyable {
    private var steps = Steps()
    private var picture: LadderPicture
    private var buffer: ByteBuffer
    private let interface: String

    init(_ choices: Choices, _ buffer: consuming ByteBuffer, interface: String) {
        picture = LadderPicture(isFull: choices.option(0))
        self.interface = interface
        self.buffer = buffer
    }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        steps.observe(frame, &decoder) { step, preview, _ in picture.add(step, preview: preview) }
    }

    mutating func finish() {
        steps.forEach { picture.draw($0, interface: interface) }
        picture.write(to: &buffer)
        requirePrintable(buffer.bytes)
        requireXML(buffer.bytes)
    }
}

struct LiveLadders: Output, ~Copyable {
    private var steps = Steps()
    private var ladder: LiveLadder
    private var buffer: ByteBuffer
    private let interface: String
    private let allowance: Allowance
    private let settles: Bool

    init(_ choices: Choices, _ buffer: consuming ByteBuffer, interface: String) {
        var options = LadderOptions(choices)
        options.usesColor = choices.option(4)
        ladder = LiveLadder(options)
        allowance = options.allowance
        settles = choices.option(4)
        self.interface = interface
        self.buffer = buffer
    }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        steps.observe(frame, &decoder) { step, preview, conversation in
            ladder.add(step, preview: preview, conversation: conversation, interface: interface, to: &buffer)
        }
        if settles { ladder.settle(to: &buffer) }
        check()
    }

    mutating func finish() {
        ladder.settle(to: &buffer)
        steps.forEach { conversation in
            ladder.finish(conversation, interface: interface, to: &buffer)
        }
        check()
    }

    private mutating func check() {
        requirePrintable(buffer.bytes, allowing: allowance)
        buffer.removeAll()
    }
}
