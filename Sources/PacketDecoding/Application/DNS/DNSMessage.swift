/// The message that DNS and multicast DNS share. It is all header: nothing follows it.
@usableFromInline enum DNSMessage {
    /// Questions and records of one message that are described; their counts are always told.
    @usableFromInline static var describedLimit: Int { 256 }

    /// Answers that a summary tells.
    @usableFromInline static var toldLimit: Int { 4 }

    static func decode(
        _ kind: LayerKind, _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        if decoder.transport == .tcp { return try decodeStream(kind, &cursor, into: &decoder) }
        let start = cursor.offset
        let length = cursor.remaining
        let message = cursor.bytes.clipped(from: start, to: start &+ cursor.captured)
        let (flaw, end) = survey(message)
        guard isPlausible(message, length: length, flaw, end: end) else { return nil }
        try decoder.append(
            Layer(kind, at: start, headerLength: length, end: cursor.end, traits: flaw == nil ? [] : .partial))
        try cursor.require(length, for: kind)
        if let flaw { throw DecodeError(kind, at: start, flaw.reason(length: length)) }
        return nil
    }

    /// Over TCP each message comes after its length. Segments begin anywhere in the stream: where no message that is
    /// sound as far as it goes begins, there is nothing to say.
    private static func decodeStream(
        _ kind: LayerKind, _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        // A single byte may be that of a keep-alive, which nobody pushes (RFC 9293 section 3.8.4).
        if cursor.remaining == 1, decoder.carrier == .tcp, !decoder.carrierIsPushed(cursor.bytes) { return nil }
        if let field = cursor.peekUInt16(), field < DNSHeader.size { return nil }
        guard cursor.captured >= 2 &+ DNSHeader.size, let field = cursor.peekUInt16() else {
            // Nothing but the length is there, and maybe a part of the header: the rest comes in the next segment.
            guard cursor.captured == cursor.remaining, mayBegin(cursor) else { return nil }
            let length = cursor.remaining
            try decoder.append(
                Layer(kind, at: start, headerLength: length, end: cursor.end, traits: .continues))
            return nil
        }
        guard begins(cursor) else { return nil }
        let length = min(2 &+ Int(field), cursor.remaining)
        var traits: LayerTraits = cursor.captured >= length ? [] : .partial
        if traits.isEmpty, length < 2 &+ Int(field) { traits = .continues }
        try decoder.append(Layer(kind, at: start, headerLength: length, end: cursor.end, traits: traits))
        try cursor.require(length, for: kind)
        cursor.skip(length)
        return cursor.remaining > 0 ? kind : nil
    }

    /// The code of `message` with the bits that its first OPT record adds (RFC 6891 section 6.1.3).
    @usableFromInline
    static func responseCode(_ header: DNSHeader, in message: RawSpan) -> DNSResponseCode {
        let code = header.responseCode
        guard header.additionalCount > 0 else { return code }
        var offset = DNSHeader.size
        for _ in 0..<header.questionCount {
            guard let name = DNSLabels.skip(nameAt: offset, in: message) else { return code }
            offset = name &+ 4
        }
        let before = header.answerCount &+ header.authorityCount
        for number in 0..<before &+ header.additionalCount {
            guard let fixed = DNSLabels.skip(nameAt: offset, in: message), fixed &+ 10 <= message.byteCount
            else { return code }
            if number >= before, message.uint16(at: fixed) == 41 {
                return DNSResponseCode(rawValue: UInt16(message.byte(at: fixed &+ 4)) << 4 | code.rawValue)
            }
            offset = fixed &+ 10 &+ Int(message.uint16(at: fixed &+ 8))
        }
        return code
    }

    /// The captured bytes of the message in layer `index`, and whether its length came before it.
    @inlinable
    @_lifetime(copy packet)
    static func message(at index: Int, of packet: Packet) -> RawSpan {
        let bytes = packet.headerBytes(at: index)
        return bytes.clipped(from: isInStream(index, of: packet) ? 2 : 0, to: bytes.byteCount)
    }

    /// Whether layer `index` is carried by TCP, maybe after other messages in the same segment.
    @inlinable
    static func isInStream(_ index: Int, of packet: Packet) -> Bool {
        var below = index
        while below > 0, packet.layers[below].kind == packet.layers[index].kind { below &-= 1 }
        return packet.layers[below].kind == .tcp
    }

    @inlinable
    static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let message = message(at: index, of: packet)
        if isInStream(index, of: packet) {
            let bytes = packet.headerBytes(at: index)
            if bytes.byteCount >= 2 { sink.number("length", bytes.uint16(at: 0)) }
            if packet.layers[index].traits.contains(.continues) { sink.boolean("continues", true) }
        }
        guard let header = DNSHeader(message) else { return }
        sink.hexNumber("id", header.identifier, digits: 4)
        sink.boolean("response", header.isResponse)
        sink.number("opcode", header.operation.rawValue, meaning: header.operation.name)
        sink.boolean("authoritative", header.isAuthoritative)
        sink.boolean("truncated", header.isTruncated)
        sink.boolean("recursion_desired", header.recursionDesired)
        sink.boolean("recursion_available", header.recursionAvailable)
        let code = responseCode(header, in: message)
        sink.number("response_code", code.rawValue, meaning: code.name)
        sink.number("question_count", header.questionCount)
        sink.number("answer_count", header.answerCount)
        sink.number("authority_count", header.authorityCount)
        sink.number("additional_count", header.additionalCount)
        let isMulticast = packet.layers[index].kind == .mdns
        var room = describedLimit
        // nil once something could not be read: nothing after it can be found.
        var offset: Int? = DNSHeader.size
        if header.questionCount > 0 {
            sink.beginList("questions")
            for _ in 0..<min(header.questionCount, room) {
                guard let at = offset else { break }
                guard let entry = try? DNSEntry(questionAt: at, in: message) else {
                    offset = nil
                    break
                }
                sink.beginItem("question")
                sink.question(entry, in: message, isMulticast: isMulticast)
                sink.endItem()
                offset = entry.end
            }
            sink.endList()
            if header.questionCount > room { offset = nil }
            room &-= min(header.questionCount, room)
        }
        records("answers", header.answerCount, isMulticast, message, &offset, &room, to: &sink)
        records("authorities", header.authorityCount, isMulticast, message, &offset, &room, to: &sink)
        records("additionals", header.additionalCount, isMulticast, message, &offset, &room, to: &sink)
    }

    @inlinable
    static func records(
        _ name: StaticString, _ count: Int, _ isMulticast: Bool, _ message: RawSpan, _ offset: inout Int?,
        _ room: inout Int, to sink: inout some FieldSink & ~Copyable
    ) {
        guard count > 0, offset != nil else { return }
        sink.beginList(name)
        for _ in 0..<min(count, room) {
            guard let at = offset, let entry = try? DNSEntry(recordAt: at, in: message) else {
                offset = nil
                break
            }
            sink.beginItem("record")
            sink.record(entry, in: message, isMulticast: isMulticast)
            sink.endItem()
            offset = entry.end
        }
        sink.endList()
        if count > room { offset = nil }
        room &-= min(count, room)
    }

    /// - Parameter name: of the protocol.
    @inlinable
    static func summarize(
        _ index: Int, of packet: Packet, _ name: StaticString, _ context: SummaryContext,
        to sink: inout some TextSink & ~Copyable
    ) {
        let message = message(at: index, of: packet)
        let header = DNSHeader(message)
        if !context.isTerse || header == nil { sink.write(name) }
        if let header {
            if context.isTerse {
                summarizeTersely(header, message, to: &sink)
            } else {
                summarize(header, message, to: &sink)
            }
        }
        if packet.layers[index].traits.contains(.continues) { sink.write(" …") }
        sink.fault(of: index, in: packet)
    }

    @inlinable
    static func summarize(_ header: DNSHeader, _ message: RawSpan, to sink: inout some TextSink & ~Copyable) {
        if header.operation.name == nil { sink.write(" opcode") }
        if header.operation != .query || !header.isResponse {
            sink.write(" ")
            sink.name(header.operation.name, or: header.operation.rawValue)
        }
        if header.isResponse { sink.write(" response") }
        if header.identifier != 0 {
            sink.write(" ")
            sink.hexNumber(header.identifier, digits: 4)
        }
        let code = header.isResponse ? responseCode(header, in: message) : .noError
        if code != .noError {
            if code.name == nil { sink.write(" error") }
            sink.write(" ")
            sink.name(code.name, or: code.rawValue)
        }
        if header.isResponse && header.isTruncated { sink.write(" truncated") }
        // What a multicast query knows already is not what it says.
        guard let offset = summarizeQuestions(header, message, isFirst: false, to: &sink), header.isResponse
        else { return }
        summarizeAnswers(header, message, at: offset, isFirst: false, to: &sink)
    }

    /// - Parameter isFirst: whether nothing stands before them.
    /// - Returns: where the answers begin; nil where a question could not be read.
    @inlinable
    static func summarizeQuestions(
        _ header: DNSHeader, _ message: RawSpan, isFirst: Bool, to sink: inout some TextSink & ~Copyable
    ) -> Int? {
        var offset = DNSHeader.size
        for number in 0..<header.questionCount {
            guard let entry = try? DNSEntry(questionAt: offset, in: message) else { return nil }
            offset = entry.end
            guard number < toldLimit else { continue }
            if number > 0 || !isFirst { sink.write(number == 0 ? " " : ", ") }
            sink.recordType(entry.type)
            sink.write(" ")
            sink.domainName(at: entry.name, in: message)
        }
        sink.more(header.questionCount &- toldLimit)
        return offset
    }

    /// - Parameter isFirst: whether nothing stands before them.
    @inlinable
    static func summarizeAnswers(
        _ header: DNSHeader, _ message: RawSpan, at start: Int, isFirst: Bool,
        to sink: inout some TextSink & ~Copyable
    ) {
        var offset = start
        for number in 0..<min(header.answerCount, toldLimit) {
            guard let entry = try? DNSEntry(recordAt: offset, in: message) else { return }
            offset = entry.end
            if number > 0 || !isFirst { sink.write(number == 0 ? ": " : ", ") }
            if header.questionCount == 0 {
                sink.domainName(at: entry.name, in: message)
                sink.write(" ")
            }
            sink.record(entry, in: message)
        }
        sink.more(header.answerCount &- toldLimit)
    }
}

extension DNSHeader {
    /// The header that `message` begins with; nil when it is not there whole.
    @inlinable
    init?(_ message: RawSpan) {
        guard message.byteCount >= Self.size else { return nil }
        self = unsafe message.unsafeLoadUnaligned(fromByteOffset: 0, as: Self.self)
    }

    @inlinable var recordCount: Int { answerCount &+ authorityCount &+ additionalCount }
}

extension DNSFlaw {
    /// - Parameter length: of the message, in bytes.
    func reason(length: Int) -> DecodeError.Reason {
        switch self {
        case .cut(let needed): .tooShort(needed: needed, available: length)
        case .badLabel(let label): .badValue(Int(label))
        case .longName(let length), .badLength(let length): .badLength(length)
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// `, 3 more`, or nothing.
    @inlinable
    mutating func more(_ count: Int) {
        guard count > 0 else { return }
        write(", ")
        decimal(count)
        write(" more")
    }
}
