// One run of the program over the frames of an input.

public import PacketDecoding
import Rendering

/// Made once: the fuzzer needs every microsecond.
public let ports = PortMap()
/// Used by one input after the other: decoding a frame begins with forgetting the one before. libFuzzer has one thread.
nonisolated(unsafe) private var decoder = PacketDecoder(ports: ports)

/// Takes frames through decoding, conversations and one output, as the commands do, and checks what is written.
public class Session {
    fileprivate init() {}

    public func show(_ frame: Frame) {}

    /// Prints what comes at the end.
    public func finish() {}

    /// - Parameters:
    ///   - interface: name of the interface that ladders are drawn of.
    ///   - room: bytes that the output has room for at first. Where it is full depends on the input, so that a writer
    ///     that does not ask for room is found anywhere.
    public static func begin(_ choices: Choices, interface: String, room: Int) -> Session {
        let buffer = ByteBuffer(capacity: room)
        switch choices.output {
        case .line: return Of(Lines(choices, buffer))
        case .tree: return Of(Trees(choices, buffer))
        case .json: return Of(Records(buffer))
        case .dump: return Of(Dumps(choices, buffer))
        case .recordedLadder where choices.option(4): return Of(Pictures(choices, buffer, interface: interface))
        case .recordedLadder: return Of(RecordedLadders(choices, buffer, interface: interface))
        case .liveLadder: return Of(LiveLadders(choices, buffer, interface: interface))
        case .report:
            switch choices.pair(0) {
            case 0: return Of(Protocols(choices, buffer))
            case 1: return Of(ConversationLists(choices, buffer))
            case 2: return Of(Observations(buffer))
            default: return Of(Transcripts(choices))
            }
        case .fragments: return Of(Fragments(buffer))
        }
    }

    private final class Of<Printed: Output & ~Copyable>: Session {
        private var output: Printed

        init(_ output: consuming Printed) { self.output = output }

        override func show(_ frame: Frame) { unsafe output.show(frame, &decoder) }

        override func finish() { output.finish() }
    }
}

/// An output of the program's.
protocol Output: ~Copyable {
    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder)
    mutating func finish()
}

extension Output where Self: ~Copyable {
    mutating func finish() {}
}

/// Ends the run unless every layer begins inside the captured bytes, none before the one around it.
func requireSound(_ packet: Packet) {
    var start = 0
    for index in 0..<packet.layers.count {
        let layer = packet.layers[index]
        if layer.offset < start || layer.offset > packet.frame.capturedLength { finding("a layer outside its frame") }
        start = layer.offset
    }
}
