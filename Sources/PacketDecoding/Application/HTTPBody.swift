// Where the body of an HTTP/1 message ends: RFC 9112 sections 6.3 and 7.1.
//
//   5;extension CR LF     size of the first chunk, in hexadecimal
//   Hello CR LF
//   0 CR LF               the last one
//   Trailer: value CR LF
//   CR LF

enum HTTPBody {
    /// Where the body of a message ends, from the start of the message; nil where it goes on beyond what is there, or
    /// where nothing says how far.
    static func end(of line: HTTPStartLine, _ headers: HTTPHeaders, in message: RawSpan) -> Int? {
        if line.kind == .response {
            if hasNone(message.number(in: line.first) ?? 0) { return headers.end }
            // Where the next response follows at once, this one answers HEAD, unless it carries a response as its body.
            if isResponse(in: message, at: headers.end), !isAboutHTTP(headers, in: message) { return headers.end }
        }
        if headers.hasTransferCoding { return headers.isChunked ? chunksEnd(in: message, at: headers.end) : nil }
        guard !headers.hasBadLength else { return nil }
        guard let length = headers.contentLength else { return line.kind == .request ? headers.end : nil }
        return length <= message.byteCount &- headers.end ? headers.end &+ Int(length) : nil
    }

    /// Whether responses of the status never have a body.
    private static func hasNone(_ status: UInt64) -> Bool { status / 100 == 1 || status == 204 || status == 304 }

    private static func isResponse(in message: RawSpan, at offset: Int) -> Bool {
        guard message.starts(with: "HTTP/1.", at: offset) else { return false }
        return HTTPStartLine(message.clipped(from: offset, to: message.byteCount)) != nil
    }

    private static func isAboutHTTP(_ headers: HTTPHeaders, in message: RawSpan) -> Bool {
        headers.contentType.map { message.headerValue("message/http", in: $0) != nil } ?? false
    }

    /// After the last chunk and its trailers.
    private static func chunksEnd(in message: RawSpan, at start: Int) -> Int? {
        var offset = start
        while let line = message.line(at: offset, limit: HTTP.lineLimit) {
            guard let size = size(in: message, offset..<offset &+ line.length) else { return nil }
            offset = line.end
            if size == 0 { return trailersEnd(in: message, at: offset) }
            guard size < message.byteCount &- offset else { return nil }
            offset &+= size
            guard let end = message.line(at: offset, limit: 2), end.length == 0 else { return nil }
            offset = end.end
        }
        return nil
    }

    private static func trailersEnd(in message: RawSpan, at start: Int) -> Int? {
        var offset = start
        while let line = message.line(at: offset, limit: HTTP.lineLimit) {
            offset = line.end
            if line.length == 0 { return offset }
        }
        return nil
    }

    /// The number of at most seven hexadecimal digits that begins a chunk's line: more than any segment has.
    private static func size(in message: RawSpan, _ line: Range<Int>) -> Int? {
        var value = 0
        var digits = 0
        for index in line {
            let byte = message.byte(at: index)
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte &- 0x30
            case 0x41...0x46: digit = byte &- 0x37
            case 0x61...0x66: digit = byte &- 0x57
            // An extension, and blanks before it.
            case 0x3b, 0x20, 0x09: return digits > 0 ? value : nil
            default: return nil
            }
            digits &+= 1
            guard digits <= 7 else { return nil }
            value = value << 4 | Int(digit)
        }
        return digits > 0 ? value : nil
    }
}
