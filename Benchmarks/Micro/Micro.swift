import Conversations
import Host
import PacketCapture
import PacketDecoding
import Rendering

/// What single operations cost on this machine: `make bench` begins with it.
///
///     EarshotBenchmarks [ROUNDS]
///     EarshotBenchmarks reassemble|verify FILE
@main
enum Micro {
    static func main() throws {
        let words = CommandLine.arguments.dropFirst()
        if words.count == 2, let path = words.last {
            return words.first == "verify" ? try Reassembly.verify(path) : try Reassembly.count(path)
        }
        let rounds = words.first.flatMap { Int($0) } ?? 9
        print("Processor time of one operation: median of \(rounds) rounds. What takes a packet decodes it first.")
        let meter = Meter(roundCount: rounds)
        decoding(meter)
        try reading(meter)
        writing(meter)
        conversations(meter)
        streams(meter)
    }

    private static func decoding(_ meter: Meter) {
        meter.title("decode")
        for (name, frames) in SampleFrames.kinds {
            var decoder = PacketDecoder()
            var layers = 0
            meter.measure(name, 16 * frames.count) {
                for _ in 0..<16 { frames.forEach { layers &+= decoder.decode($0).layers.count } }
            }
            precondition(layers > 0)
        }
    }

    private static func reading(_ meter: Meter) throws {
        meter.title("read a record of 566 bytes")
        let payload = [UInt8]((0..<512).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
        let frames = FrameSet(16384) { host in
            let datagram = Build.udp(payload, to: 30053, addresses: Build.ends4(host))
            return Build.ethernet(0x0800, Build.ipv4(17, datagram, host: host), tags: [100, 200])
        }
        let pcap = Savefiles.pcap(frames)
        try reading(meter, "pcap", pcap, frames.count) { path in try SavefileReader(path: path) }
        try reading(meter, "pcapng", Savefiles.pcapng(frames), frames.count) { path in try SavefileReader(path: path) }
        try reading(meter, "pcap, gzip", Savefiles.gzip(pcap), frames.count) { path in try SavefileReader(path: path) }
        try reading(meter, "pcap, libpcap", pcap, frames.count) { path in try LibpcapReader(path: path) }
    }

    private static func reading<Source: PacketSource & ~Copyable>(
        _ meter: Meter, _ name: String, _ contents: [UInt8], _ count: Int, _ open: (String) throws -> Source
    ) throws {
        let file = try MemoryFile(contents: contents)
        try meter.measure(name, count) {
            var reader = try open(file.path)
            try drain(&reader, expecting: count)
        }
    }

    private static func drain<Source: PacketSource & ~Copyable>(_ source: inout Source, expecting count: Int) throws {
        var number = 0
        while let frame = try source.next() { number = frame.header.number }
        precondition(number == count, "\(number) packets, expected \(count)")
    }

    private static func writing(_ meter: Meter) {
        meter.title("line of text")
        var line = SummaryLine()
        write(meter) { packet, buffer in
            line.write(packet, context: SummaryContext(), utcOffset: 0, to: &buffer)
        }
        meter.title("record of JSON")
        write(meter) { packet, buffer in buffer.jsonRecord(packet) }
        meter.title("verbose tree")
        write(meter) { packet, buffer in buffer.verboseTree(packet) }
    }

    private static func write(_ meter: Meter, _ body: (Packet, inout ByteBuffer) -> Void) {
        for (name, frames) in SampleFrames.kinds {
            var decoder = PacketDecoder()
            var buffer = ByteBuffer(capacity: 65536)
            var written = 0
            meter.measure(name, 4 * frames.count) {
                for _ in 0..<4 {
                    frames.forEach { frame in
                        body(decoder.decode(frame), &buffer)
                        if buffer.count > 32768 {
                            written &+= buffer.count
                            buffer.removeAll()
                        }
                    }
                }
            }
            precondition(written > 0)
        }
    }

    private static func conversations(_ meter: Meter) {
        meter.title("conversations")
        let known = SampleFrames.conversations(2048, requests: 8)
        let strangers = SampleFrames.strangers(65536)
        var decoder = PacketDecoder()
        meter.measure("decode only, 2,048 TCP conversations", known.count) {
            known.forEach { _ = decoder.decode($0) }
        }
        meter.measure("sequence bases", known.count) {
            var bases = SequenceBases()
            known.forEach { frame in
                let packet = decoder.decode(frame)
                if let index = packet.firstIndex(of: .tcp) { _ = bases.bases(for: packet, at: index) }
            }
        }
        meter.measure("observe, 20 packets each", known.count) {
            var table = ConversationTable()
            known.forEach { frame in _ = table.observe(decoder.decode(frame)) }
            precondition(table.count == 2048)
        }
        meter.measure("observe, 65,536 UDP conversations, a packet each", strangers.count) {
            var table = ConversationTable()
            strangers.forEach { frame in _ = table.observe(decoder.decode(frame)) }
            precondition(table.count == 65536)
        }
    }

    private static func streams(_ meter: Meter) {
        meter.title("reassembly, a segment of 1,448 bytes")
        let count = 8192
        for (name, distance) in [("in order", Int.max), ("one of 100 late", 100)] {
            let frames = SampleFrames.stream(count, lossDistance: distance)
            var decoder = PacketDecoder()
            meter.measure("observe only, \(name)", frames.count) {
                var table = ConversationTable()
                frames.forEach { frame in _ = table.observe(decoder.decode(frame)) }
            }
            meter.measure("observe and reassemble, \(name)", frames.count) {
                var table = ConversationTable()
                var streams = StreamReassembler()
                var received = Received()
                frames.forEach { frame in
                    let packet = decoder.decode(frame)
                    guard let step = table.observe(packet), let index = packet.innermostTransport(quoted: false) else {
                        return
                    }
                    streams.observe(step, packet.payload(at: index), into: &received)
                }
                streams.finish(into: &received)
                precondition(received.bytes == count * 1448 && received.gaps == 0, "\(received)")
            }
        }
    }
}
