import Conversations
import PacketDecoding
import Testing

@Suite struct MessageAssemblerTests {
    /// What became of one segment: the words of the message that it completes, `…` for a part of one, or nothing.
    private func play(_ packets: [BuiltPacket], in assembler: inout MessageAssembler) -> [String] {
        var told: [String] = []
        var decoder = PacketDecoder()
        for (index, packet) in packets.enumerated() {
            packet.decoded(number: index + 1) { packet in
                guard let part = assembler.add(packet) else { return told.append("") }
                guard part.isLast else { return told.append("…") }
                let whole = decoder.decode(
                    assembler.message, of: .tcp, application: ApplicationHint(part.kind, fromServer: false),
                    header: packet.frame.header)
                let layers = (1..<whole.layers.count).map {
                    "\(whole.layers[$0].kind) \(whole.layers[$0].headerLength)"
                }
                told.append("\(part.firstFrame)+\(part.segmentCount): \(layers.joined(separator: " "))")
            }
        }
        return told
    }

    private func play(_ packets: [BuiltPacket]) -> [String] {
        var assembler = MessageAssembler(seed: 1)
        return play(packets, in: &assembler)
    }

    /// A segment from the client to `port` that begins so many bytes after the first one.
    private func segment(
        _ payload: some Sequence<UInt8>, at offset: Int, port: UInt16 = 443, from clientPort: UInt16 = 40000,
        _ flags: TCPFlags = [.psh, .ack]
    ) -> BuiltPacket {
        BuiltPacket(
            tcpFrom: Endpoint(address: .v4(IPv4Address(192, 0, 2, 1)), port: clientPort),
            to: Endpoint(address: .v4(IPv4Address(192, 0, 2, 2)), port: port), flags: flags,
            sequence: 0xffff_ff00 &+ UInt32(truncatingIfNeeded: offset), acknowledgment: 1, payload: Array(payload))
    }

    /// The stream cut into segments that end at `cuts`.
    private func segments(_ stream: [UInt8], _ cuts: [Int], port: UInt16) -> [BuiltPacket] {
        let ends = cuts + [stream.count]
        return zip([0] + cuts, ends).map { segment(stream[$0..<$1], at: $0, port: port) }
    }

    /// A hello of so many bytes, in records of `size` bytes at most.
    private func hello(_ length: Int = 1700, records size: Int = 16384) -> [UInt8] {
        let extensions = length - 4 - 34 - 1 - 4 - 2 - 2
        var message: [UInt8] = [1, 0] + big(UInt16(length - 4)) + [3, 3]
        message += Array(repeating: 7, count: 32) + [0, 0, 2, 0x13, 1, 1, 0]
        message += big(UInt16(extensions)) + [0, 51] + big(UInt16(extensions - 4))
        message += Array(repeating: 9, count: extensions - 4)
        return stride(from: 0, to: length, by: size).flatMap { start -> [UInt8] in
            let piece = message[start..<min(start + size, length)]
            return [0x16, 3, 1] + big(UInt16(piece.count)) + piece
        }
    }

    private let query: [UInt8] =
        [0, 29, 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7] + Array("example".utf8) + [3] + Array("org".utf8) + [
            0, 0, 1, 0, 1,
        ]
    private let request = Array("GET /a HTTP/1.1\r\nHost: a\r\n\r\n".utf8)

    @Test func whatCameBeforeItsStreamsFirstByteIsPutBehindIt() {
        let parts = segments(hello(), [600, 1200], port: 443)
        for order in [[1, 2, 0], [2, 1, 0], [2, 2, 1, 0]] {
            var assembler = MessageAssembler(seed: 1)
            var told: [MessagePart] = []
            for (index, part) in order.enumerated() {
                parts[part].decoded(number: index + 1) { packet in
                    if let part = assembler.add(packet, isEarly: part > 0) { told.append(part) }
                }
            }
            #expect(told.count == 1 && told[0].isLast && told[0].segmentCount == 3, "\(order)")
            #expect(told[0].firstFrame == order.count)
        }
    }

    @Test func aMessageIsThereWithItsLastSegment() {
        #expect(play(segments(hello(), [600, 1200], port: 443)) == ["", "…", "1+3: tls 1705"])
        #expect(play(segments(query, [2], port: 53)) == ["", "1+2: dns 31"])
        #expect(play(segments(request, [20], port: 80)) == ["", "1+2: http 28"])
    }

    /// However the stream is cut in two, and in pieces of a few bytes each.
    @Test func theSameMessagesHoweverTheStreamIsCut() {
        let small = hello(120)
        for (stream, port, first) in [
            (small, 443, 1), (hello(120, records: 50), 443, 1), (query, 53, 1), (request, 80, 1),
        ] as [([UInt8], UInt16, Int)] {
            let name = port == 443 ? "tls" : port == 53 ? "dns" : "http"
            for cut in first..<stream.count {
                let told = play(segments(stream, [cut], port: port))
                #expect(told == ["", "1+2: \(name) \(stream.count)"], "cut after \(cut) bytes")
            }
            for size in [2, 3, 7, 50] where size < stream.count {
                let cuts = Array(stride(from: size, to: stream.count, by: size))
                let told = play(segments(stream, cuts, port: port))
                #expect(told.last == "1+\(cuts.count + 1): \(name) \(stream.count)", "pieces of \(size) bytes")
                #expect(told.dropFirst().dropLast().allSatisfy { $0 == "…" })
            }
        }
    }

    @Test func whatFollowsInTheLastSegmentIsThereToo() {
        let stream = query + query + query
        // The second one goes on over two more segments.
        let told = play(segments(stream, [20, 40, 60], port: 53))
        #expect(told == ["", "1+2: dns 31 dns 9", "…", "2+3: dns 31 dns 31"])
    }

    @Test func whatIsSentAgainIsNoNews() {
        let parts = segments(hello(), [600, 1200], port: 443)
        let script = [parts[0], parts[0], parts[1], parts[1], parts[2], parts[2], parts[0], parts[1], parts[2]]
        #expect(play(script) == ["", "", "…", "…", "1+3: tls 1705", "", "", "", ""])
    }

    @Test func aSegmentThatOverlapsBringsTheRest() {
        let stream = hello()
        #expect(
            play([segment(stream[..<600], at: 0), segment(stream[400...], at: 400)]) == ["", "1+2: tls 1705"])
    }

    @Test func whatComesEarlyIsKept() {
        let parts = segments(hello(), [600, 900, 1200], port: 443)
        #expect(play([parts[0], parts[2], parts[3], parts[1]]) == ["", "…", "…", "1+4: tls 1705"])
    }

    @Test func whatIsMissingIsNotMadeUp() {
        let parts = segments(hello(), [600, 1200], port: 443)
        #expect(play([parts[0], parts[2]]) == ["", "…"])
        // Snapped: the rest cannot be put behind it.
        #expect(play([parts[0], parts[1].snapped(to: 100), parts[2]]) == ["", "", ""])
        #expect(play([parts[0].snapped(to: 100), parts[1], parts[2]]) == ["", "", ""])
    }

    @Test func aNewConnectionBeginsAnew() {
        let parts = segments(hello(), [600], port: 443)
        let syn = segment([], at: -1, [.syn])
        #expect(play([parts[0], syn, parts[1]]) == ["", "", ""])
    }

    /// A byte before the next one is a keep-alive's (RFC 9293 section 3.8.4).
    @Test func aKeepAliveIsNoPart() {
        let parts = segments(hello(), [600], port: 443)
        #expect(play([parts[0], segment([0], at: 599, [.ack]), parts[1]]) == ["", "…", "1+2: tls 1705"])
    }

    @Test func conversationsAreApart() {
        let stream = hello()
        let script = [
            segment(stream[..<600], at: 0), segment(stream[..<700], at: 0, from: 40001),
            segment(stream[700...], at: 700, from: 40001), segment(stream[600...], at: 600),
        ]
        #expect(play(script) == ["", "", "2+2: tls 1705", "1+2: tls 1705"])
    }

    @Test func aMessageThatIsTooLongIsGivenUp() {
        // A record is 16 KiB long at most: a certificate message of 100,000 bytes.
        let message: [UInt8] = [11, 1, 0x86, 0xa0] + Array(repeating: 5, count: 100_000)
        let stream = stride(from: 0, to: message.count, by: 16000).flatMap { start -> [UInt8] in
            let piece = message[start..<min(start + 16000, message.count)]
            return [0x16, 3, 3] + big(UInt16(piece.count)) + piece
        }
        var assembler = MessageAssembler(seed: 1)
        let cuts = Array(stride(from: 1400, to: stream.count, by: 1400))
        let told = play(segments(stream, cuts, port: 443), in: &assembler)
        #expect(told.last == "")
        #expect(assembler.waitingCount == 0)
    }

    @Test func memoryIsBounded() {
        var assembler = MessageAssembler(seed: 1)
        let beginning = hello(16000).prefix(12000)
        for port in 1...UInt16(3000) { _ = play([segment(beginning, at: 0, from: port)], in: &assembler) }
        #expect(assembler.waitingCount <= MessageAssembler.memoryLimit / 12000)
        for port in 1...UInt16(3000) { _ = play([segment(hello().prefix(9), at: 0, from: port)], in: &assembler) }
        #expect(assembler.waitingCount <= MessageAssembler.capacity)
        // The latest is still waited for.
        #expect(play([segment(hello().dropFirst(9), at: 9, from: 3000)], in: &assembler) == ["1+2: tls 1705"])
    }
}
