// HTTP/1: RFC 9112. Methods: RFC 9110 section 9, RFC 5789.
//
//   GET /index.html HTTP/1.1            HTTP/1.1 200 OK
//   Host: example.org                   Content-Length: 5
//
//                                       Hello

/// The start line and headers of an HTTP/1 message, as far as they lie in one segment; each message of a segment is a
/// layer. Its payload is the body, as far as it is there.
///
/// Segments begin anywhere in a stream: one that does not begin with a start line is no layer.
public enum HTTP {
    /// Bytes that are searched for the end of the start line, and for the end of all headers.
    @inlinable static var lineLimit: Int { 8192 }
    @inlinable static var headerLimit: Int { 32768 }
}

/// Where the parts of a start line lie, from the start of the message.
@usableFromInline struct HTTPStartLine {
    @usableFromInline enum Kind {
        case request, response
    }

    @usableFromInline let kind: Kind
    /// A request's method; a response's status, three digits.
    @usableFromInline let first: Range<Int>
    /// A request's target; a response's reason, which can be empty.
    @usableFromInline let second: Range<Int>
    /// `HTTP/1.1`, if the line is there to its end.
    @usableFromInline let version: Range<Int>
    /// After the line feed.
    @usableFromInline let end: Int

    /// nil where no whole start line begins `message`.
    @usableFromInline
    init?(_ message: RawSpan) {
        // Most segments go on with a body: they are told apart before the end of a line is searched for.
        let isResponse = message.starts(with: "HTTP/1.")
        let method = isResponse ? 0 : message.methodLength
        guard isResponse || method > 0 && method < message.byteCount && message.byte(at: method) == 0x20,
            let line = message.line(at: 0, limit: HTTP.lineLimit)
        else { return nil }
        end = line.end
        if isResponse {
            // RFC 9112 section 4: the reason may be missing, even with its space.
            guard line.length >= 12, message.byte(at: 8) == 0x20,
                message.areDigits(9..<12), line.length == 12 || message.byte(at: 12) == 0x20
            else { return nil }
            kind = .response
            version = 0..<8
            first = 9..<12
            second = min(13, line.length)..<line.length
        } else {
            let last = line.length &- 9
            guard last > method, message.starts(with: " HTTP/1.", at: last) else { return nil }
            kind = .request
            first = 0..<method
            second = method &+ 1..<last
            version = last &+ 1..<line.length
        }
    }
}

/// The headers that are told, and where the body begins.
@usableFromInline struct HTTPHeaders {
    @usableFromInline private(set) var host: Range<Int>?
    @usableFromInline private(set) var contentType: Range<Int>?
    /// Nil also where several contradict each other.
    @usableFromInline private(set) var contentLength: UInt64?
    /// Whether there is one that says nothing.
    private(set) var hasBadLength = false
    @usableFromInline private(set) var hasTransferCoding = false
    /// The last of them.
    private(set) var isChunked = false
    /// Nil where a transfer coding overrides what the length says (RFC 9112 section 6.3).
    @usableFromInline var bodyLength: UInt64? { hasTransferCoding ? nil : contentLength }
    /// After the last line that was there whole.
    @usableFromInline private(set) var end: Int
    /// Whether the empty line that ends them is there.
    @usableFromInline private(set) var isWhole = false

    /// - Parameter offset: of the first header, from the start of the message.
    @usableFromInline
    init(_ message: RawSpan, at offset: Int) {
        end = offset
        while end < HTTP.headerLimit, let line = message.line(at: end, limit: HTTP.lineLimit) {
            let start = end
            end = line.end
            if line.length == 0 {
                isWhole = true
                return
            }
            note(start..<start &+ line.length, in: message)
        }
    }

    private mutating func note(_ line: Range<Int>, in message: RawSpan) {
        if let value = message.headerValue("host:", in: line) {
            host = host ?? value
        } else if let value = message.headerValue("content-type:", in: line) {
            contentType = contentType ?? value
        } else if let value = message.headerValue("content-length:", in: line) {
            let length = message.number(in: value)
            hasBadLength = hasBadLength || length == nil || contentLength.map { $0 != length } ?? false
            contentLength = hasBadLength ? nil : length
        } else if let value = message.headerValue("transfer-encoding:", in: line) {
            hasTransferCoding = true
            let last = max(value.lowerBound, value.upperBound &- 7)
            isChunked = message.headerValue("chunked", in: last..<value.upperBound) != nil
        }
    }
}

extension HTTP: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        var kind: HTTPStartLine.Kind?
        if decoder.precedingBytes > 0 {
            cursor.skip(decoder.precedingBytes)
            skipEmptyLines(&cursor)
        }
        while true {
            let start = cursor.offset
            let message = cursor.capturedBytes
            let line = HTTPStartLine(message)
            // One side sends only requests, or only responses.
            // Without an empty line everything in the segment is headers.
            var length = cursor.remaining
            var goesOn = cursor.captured == length && length < headerLimit
            guard kind == nil || continues(kind, with: line, message),
                line != nil || beginsStartLine(message, isCut: !goesOn)
            else { return nil }
            var bodyEnd: Int?
            var bodyGoesOn = false
            if let line {
                let headers = HTTPHeaders(message, at: line.end)
                if headers.isWhole {
                    length = headers.end
                    goesOn = false
                    bodyEnd = HTTPBody.end(of: line, headers, in: message)
                    bodyGoesOn = bodyEnd == nil
                }
            }
            let isWhole = cursor.captured >= length
            let end = bodyEnd.map { start &+ $0 } ?? cursor.end
            try decoder.append(
                Layer(
                    .http, at: start, headerLength: length, end: end,
                    traits: isWhole ? goesOn ? .continues : bodyGoesOn ? .bodyContinues : [] : .partial))
            try cursor.require(length, for: .http)
            guard let line, let bodyEnd, bodyEnd < cursor.remaining else { return nil }
            kind = line.kind
            cursor.skip(bodyEnd)
            skipEmptyLines(&cursor)
        }
    }

    /// Old clients send an empty line behind a body (RFC 9112 section 2.2).
    private static func skipEmptyLines(_ cursor: inout Cursor) {
        for _ in 0..<2 where cursor.peekUInt16() == 0x0d0a { cursor.skip(2) }
    }

    /// Whether a stream of HTTP begins with `bytes`.
    static func begins(_ bytes: RawSpan) -> Bool { HTTPStartLine(bytes) != nil || beginsStartLine(bytes, isCut: true) }

    /// Whether what follows a message of `kind` is another one.
    private static func continues(_ kind: HTTPStartLine.Kind?, with line: HTTPStartLine?, _ message: RawSpan) -> Bool {
        if let line { return line.kind == kind }
        return kind == .response ? beginsLike("HTTP/1.", message, false) : !message.starts(with: "HTTP/1.")
    }

    /// Whether `message` begins like a start line, which may end in another segment or was not captured to its end.
    ///
    /// - Parameter isCut: whether it was not captured to its end; else it may be shorter than a method.
    private static func beginsStartLine(_ message: RawSpan, isCut: Bool) -> Bool {
        if message.byteCount >= 4, LayerKind(openingOfStream: message.uint32(at: 0)) != .http { return false }
        guard message.line(at: 0, limit: lineLimit) == nil else { return false }
        return beginsLike("GET ", message, isCut) || beginsLike("HEAD ", message, isCut)
            || beginsLike("POST ", message, isCut) || beginsLike("PUT ", message, isCut)
            || beginsLike("DELETE ", message, isCut) || beginsLike("CONNECT ", message, isCut)
            || beginsLike("OPTIONS ", message, isCut) || beginsLike("TRACE ", message, isCut)
            || beginsLike("PATCH ", message, isCut) || beginsLike("HTTP/1.", message, isCut)
    }

    private static func beginsLike(_ word: StaticString, _ message: RawSpan, _ isCut: Bool) -> Bool {
        let count = word.utf8CodeUnitCount
        if isCut || message.byteCount >= count { return message.starts(with: word) }
        let expected = unsafe UnsafeRawBufferPointer(start: word.utf8Start, count: count)
        for index in 0..<message.byteCount where unsafe message.byte(at: index) != expected[index] { return false }
        return message.byteCount > 0
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let message = packet.headerBytes(at: index)
        let isCut = packet.layers[index].traits.contains(.partial)
        guard let line = HTTPStartLine(message) else {
            sink.text("start_line", message.clipped(from: 0, to: lineLimit))
            if !isCut { sink.boolean("continues", true) }
            return
        }
        switch line.kind {
        case .request:
            sink.word("message", "request")
            sink.text("method", message.extracting(line.first))
            sink.text("target", message.extracting(line.second))
        case .response:
            sink.word("message", "response")
            if let status = message.number(in: line.first) { sink.number("status", status) }
            sink.text("reason", message.extracting(line.second))
        }
        sink.text("version", message.extracting(line.version))
        let headers = HTTPHeaders(message, at: line.end)
        if let host = headers.host { sink.text("host", message.extracting(host)) }
        if let type = headers.contentType { sink.text("content_type", message.extracting(type)) }
        if let length = headers.contentLength { sink.number("content_length", length) }
        if !headers.isWhole && !isCut { sink.boolean("continues", true) }
    }

    /// `HTTP GET /index.html, host example.org`, `HTTP 200 OK, 5 bytes of text/plain`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        let message = packet.headerBytes(at: index)
        if !context.isTerse { sink.write("HTTP ") }
        if let line = HTTPStartLine(message) {
            let headers = HTTPHeaders(message, at: line.end)
            sink.escaped(message.extracting(line.first))
            if !line.second.isEmpty {
                sink.write(" ")
                sink.preview(message.extracting(line.second))
            }
            if context.isTerse { return sink.mark(index, in: packet) }
            if line.kind == .request, let host = headers.host {
                sink.write(", host ")
                sink.preview(message.extracting(host))
            }
            // A response may have no body, whatever its length: only the request tells (RFC 9110 section 8.6).
            let length = headers.bodyLength
            let hasBody = line.kind == .request || length == 0 || packet.payloadLength(at: index) > 0
            if let length {
                sink.write(hasBody ? ", " : ", content-length ")
                sink.decimal(length)
                if hasBody { sink.write(" bytes") }
            }
            if let type = headers.contentType {
                sink.write(length == nil || !hasBody ? ", " : " of ")
                sink.preview(message.extracting(type))
            }
        } else {
            sink.preview(message)
        }
        sink.mark(index, in: packet)
    }
}

extension TextSink where Self: ~Copyable {
    /// Where a message goes on, and what is wrong with it.
    @inlinable
    mutating func mark(_ index: Int, in packet: Packet) {
        if packet.layers[index].traits.contains(.continues) { write(" …") }
        fault(of: index, in: packet)
    }
}

extension RawSpan {
    /// The line at `offset`: its length without CR LF or LF (RFC 9112 section 2.2), and the offset after them; nil
    /// without a line feed within `limit` bytes.
    @usableFromInline
    func line(at offset: Int, limit: Int) -> (length: Int, end: Int)? {
        let last = min(byteCount, offset &+ limit)
        var index = offset
        while index < last {
            if byte(at: index) == 0x0a {
                let hasReturn = index > offset && byte(at: index &- 1) == 0x0d
                return (index &- offset &- (hasReturn ? 1 : 0), index &+ 1)
            }
            index &+= 1
        }
        return nil
    }

    /// How many of the first bytes can be a method. Any token can be one; all that are registered are capital letters
    /// and hyphens (IANA, HTTP Method Registry).
    fileprivate var methodLength: Int {
        var index = 0
        let limit = min(byteCount, 24)
        while index < limit, (0x41...0x5a).contains(byte(at: index)) || byte(at: index) == 0x2d { index &+= 1 }
        return index
    }

    func areDigits(_ range: Range<Int>) -> Bool {
        for index in range where !(0x30...0x39).contains(byte(at: index)) { return false }
        return true
    }

    /// The number that `range` spells in at most 18 decimal digits.
    @usableFromInline
    func number(in range: Range<Int>) -> UInt64? {
        guard (1...18).contains(range.count), areDigits(range) else { return nil }
        var value: UInt64 = 0
        for index in range { value = value &* 10 &+ UInt64(byte(at: index) &- 0x30) }
        return value
    }

    /// The value of a header without the blanks around it; nil where `line` has another name.
    ///
    /// - Parameter name: in lower case, with the colon.
    func headerValue(_ name: StaticString, in line: Range<Int>) -> Range<Int>? {
        let count = name.utf8CodeUnitCount
        guard line.count >= count else { return nil }
        let expected = unsafe UnsafeRawBufferPointer(start: name.utf8Start, count: count)
        for index in 0..<count {
            let byte = byte(at: line.lowerBound &+ index)
            let lower = (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
            guard unsafe lower == expected[index] else { return nil }
        }
        var start = line.lowerBound &+ count
        var end = line.upperBound
        while start < end, byte(at: start) == 0x20 || byte(at: start) == 0x09 { start &+= 1 }
        while end > start, byte(at: end &- 1) == 0x20 || byte(at: end &- 1) == 0x09 { end &-= 1 }
        return start..<end
    }
}
