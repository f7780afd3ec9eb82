// What `ladder` draws.

import Conversations
import PacketDecoding
import Rendering

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
