import CZlib
import Conversations
import PacketCapture
import PacketDecoding

/// Reassembly of a whole savefile as a program would do it that uses the library: read, decode, put in conversations,
/// put in order, both sides of every TCP conversation as they come.
///
///     EarshotBenchmarks reassemble FILE    the bytes are counted, not looked at
///     EarshotBenchmarks verify FILE        the bytes of each server, with their CRC-32
enum Reassembly {
    static func count(_ path: String) throws {
        var received = Received()
        _ = try reassemble(path, into: &received)
        print("{\"bytes\": \(received.bytes), \"gaps\": \(received.gaps)}")
    }

    static func verify(_ path: String) throws {
        var checked = Checked()
        let ports = try reassemble(path, into: &checked)
        for (number, stream) in checked.streams.enumerated() {
            print(
                "{\"client_port\": \(ports[number]), \"bytes\": \(stream.bytes), \"gaps\": \(stream.gaps),",
                "\"crc32\": \(stream.sum)}")
        }
    }

    /// - Returns: the clients' ports, by number.
    private static func reassemble<Consumer: StreamConsumer & ~Copyable>(
        _ path: String, into consumer: inout Consumer
    ) throws -> [UInt16] {
        var reader = try SavefileReader(path: path)
        var decoder = PacketDecoder()
        var table = ConversationTable()
        var streams = StreamReassembler()
        var step = ConversationStep(transport: .tcp, conversation: 0, side: .client, frame: 0, timestamp: nil)
        while let frame = try reader.next() {
            let packet = decoder.decode(frame)
            guard table.observe(packet, into: &step), let index = packet.innermostTransport(quoted: false) else {
                continue
            }
            streams.observe(step, packet.payload(at: index), into: &consumer)
        }
        streams.finish(into: &consumer)
        var ports: [UInt16] = []
        table.forEach(.tcp) { ports.append($0.key.client.port) }
        return ports
    }
}

/// Counts what a reassembler hands on.
struct Received: StreamConsumer {
    var bytes = 0
    var gaps = 0

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) { self.bytes &+= bytes.byteCount }
    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) { gaps &+= 1 }
}

/// What the servers said.
private struct Checked: StreamConsumer {
    struct Stream {
        var bytes = 0
        var gaps = 0
        var sum: UInt = 0
    }

    /// By number.
    var streams: [Stream] = []

    private mutating func change(_ place: StreamPlace, _ body: (inout Stream) -> Void) {
        guard place.side == .server else { return }
        while streams.count <= place.conversation { streams.append(Stream()) }
        body(&streams[place.conversation])
    }

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        change(place) { stream in
            precondition(place.offset == stream.bytes, "a piece at \(place.offset), after \(stream.bytes) bytes")
            stream.bytes &+= bytes.byteCount
            unsafe bytes.withUnsafeBytes { bytes in
                let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.sum = unsafe crc32(stream.sum, start, UInt32(bytes.count))
            }
        }
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        change(place) { $0.gaps &+= 1 }
    }
}
