// Where the body of an HTTP/1 message ends: RFC 9112 sections 6.3 and 7.1.
//
//   5;extension CR LF     size of the first chunk, in hexadecimal
//   Hello CR LF
//   0 CR LF               the last one
//   Trailer: value CR LF
//   CR LF

/// What is left of an HTTP/1 message's body behind a segment's end.
public enum HTTPBody: BitwiseCopyable, Hashable, Sendable {
    /// So many bytes, as the headers said.
    case bytes(UInt64)
    case chunks(HTTPChunks)
    /// All that is said until the stream's end.
    case untilClose
    /// Nobody knows where it ends: a chunk was not captured whole, or is none.
    case lost
}

/// What one HTTP/1 message says to those who follow its stream.
public struct HTTPMessageOutline: BitwiseCopyable, Hashable, Sendable {
    /// Nil of a request.
    public let status: UInt16?
    /// What comes behind the packet's end; nil where the message ends within it.
    public let rest: HTTPBody?
    /// How many bytes of the body lie in the packet.
    public let bodyLength: Int
    /// Whether the body is a message of HTTP itself (RFC 9112 section 10.1).
    public let isAboutHTTP: Bool
}

extension Packet {
    /// What layer `index`, HTTP, says of its message; nil where its headers are not there whole.
    public func httpOutline(at index: Int) -> HTTPMessageOutline? {
        let layer = layers[index]
        guard layer.kind == .http, layer.traits.isDisjoint(with: [.continues, .partial]) else { return nil }
        let message = frame.bytes.clipped(from: layer.offset, to: layer.end)
        guard let line = HTTPStartLine(message) else { return nil }
        let status = line.kind == .response ? message.number(in: line.first).map { UInt16($0) } : nil
        let length = max(0, layer.end &- layer.payloadOffset)
        guard layer.traits.contains(.bodyContinues) else {
            return HTTPMessageOutline(status: status, rest: nil, bodyLength: length, isAboutHTTP: false)
        }
        let headers = HTTPHeaders(message, at: line.end)
        var rest = HTTPBody(of: line, headers)
        rest?.take(message, from: headers.end, length: length)
        return HTTPMessageOutline(
            status: status, rest: rest, bodyLength: length, isAboutHTTP: headers.isAboutHTTP(message))
    }
}

extension HTTPBody {
    /// The whole body, by the headers alone; nil where there is none, or where they say nothing sound.
    init?(of line: HTTPStartLine, _ headers: HTTPHeaders) {
        if headers.hasTransferCoding {
            // A request that does not end in chunks is wrong (RFC 9112 section 6.3).
            guard headers.isChunked || line.kind == .response else { return nil }
            self = headers.isChunked ? .chunks(HTTPChunks()) : .untilClose
        } else if headers.hasBadLength {
            return nil
        } else if let length = headers.contentLength {
            guard length > 0 else { return nil }
            self = .bytes(length)
        } else {
            guard line.kind == .response else { return nil }
            self = .untilClose
        }
    }

    /// Where the body of a message ends, from the start of the message; nil where it goes on beyond what is there, or
    /// where nothing says how far.
    static func end(of line: HTTPStartLine, _ headers: HTTPHeaders, in message: RawSpan) -> Int? {
        if line.kind == .response {
            if hasNone(message.number(in: line.first) ?? 0) { return headers.end }
            // Where the next response follows at once, this one answers HEAD, unless it carries a response as its body.
            if isResponse(in: message, at: headers.end), !headers.isAboutHTTP(message) { return headers.end }
        }
        guard var body = HTTPBody(of: line, headers) else {
            return headers.hasTransferCoding || headers.hasBadLength ? nil : headers.end
        }
        return body.take(message, from: headers.end, length: message.byteCount &- headers.end)
    }

    /// Takes the next bytes of the stream.
    ///
    /// - Parameters:
    ///   - length: how many there are from `offset` on; fewer may have been captured.
    /// - Returns: the offset behind the body's end; nil where it goes on.
    @discardableResult
    public mutating func take(_ bytes: RawSpan, from offset: Int, length: Int) -> Int? {
        switch self {
        case .bytes(let left):
            if left <= length { return offset &+ Int(left) }
            self = .bytes(left &- UInt64(length))
            return nil
        case .chunks(var chunks):
            // Behind what was not captured nobody knows where a chunk ends.
            guard bytes.byteCount &- offset >= length else {
                self = .lost
                return nil
            }
            let end = chunks.take(bytes, from: offset)
            self = chunks.areSound ? .chunks(chunks) : .lost
            return end
        case .untilClose, .lost: return nil
        }
    }

    /// Whether responses of the status never have a body.
    private static func hasNone(_ status: UInt64) -> Bool { status / 100 == 1 || status == 204 || status == 304 }

    private static func isResponse(in message: RawSpan, at offset: Int) -> Bool {
        guard message.starts(with: "HTTP/1.", at: offset) else { return false }
        return HTTPStartLine(message.clipped(from: offset, to: message.byteCount)) != nil
    }
}

extension HTTPHeaders {
    fileprivate func isAboutHTTP(_ message: RawSpan) -> Bool {
        contentType.map { message.headerValue("message/http", in: $0) != nil } ?? false
    }
}
