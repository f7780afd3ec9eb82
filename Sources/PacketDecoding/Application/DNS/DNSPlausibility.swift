// Whether bytes are a DNS message at all. Ports 53 and 5353 carry other things too: tunnels, and what gets through a
// firewall there.

extension DNSMessage {
    /// The first thing that keeps `message` from being read to its end, and where it could be read to.
    static func survey(_ message: RawSpan) -> (flaw: DNSFlaw?, end: Int) {
        var offset = 0
        do throws(DNSFlaw) {
            guard let header = DNSHeader(message) else { throw .cut(needed: DNSHeader.size) }
            offset = DNSHeader.size
            for _ in 0..<header.questionCount { offset = try DNSEntry(questionAt: offset, in: message).end }
            for _ in 0..<header.recordCount { offset = try DNSEntry(recordAt: offset, in: message).end }
            return (nil, offset)
        } catch {
            return (error, offset)
        }
    }

    /// Whether a datagram on a port of DNS is a message, if a bad one.
    ///
    /// - Parameters:
    ///   - message: what was captured of it.
    ///   - length: on the wire, in bytes.
    static func isPlausible(_ message: RawSpan, length: Int, _ flaw: DNSFlaw?, end: Int) -> Bool {
        // With so little of it there is only the port to go by.
        guard message.byteCount >= 4 else { return message.byteCount < length }
        guard let header = DNSHeader(message) else {
            let flags = message.uint16(at: 2)
            let operation = DNSOperation(rawValue: UInt8(flags >> 11) & 0x0f)
            return operation.name != nil && flags & 0x40 == 0
                && (message.byteCount < 6 || message.uint16(at: 4) <= 16)
        }
        if flaw == nil {
            // A header without anything is followed by nothing, but in stateful operations (RFC 8490 section 5.4).
            return header.questionCount > 0 || header.recordCount > 0 || end == length || header.operation.rawValue == 6
        }
        return header.isUsual && (header.fits(length) || header.isModest)
    }

    /// Whether the cursor, in a stream, is at the length before a message that is sound as far as it goes.
    static func begins(_ cursor: borrowing Cursor) -> Bool {
        guard cursor.captured >= 2 &+ DNSHeader.size, let field = cursor.peekUInt16(), field >= DNSHeader.size
        else { return false }
        let captured = cursor.capturedBytes
        let message = captured.clipped(from: 2, to: 2 &+ Int(field))
        guard let header = DNSHeader(message), header.isUsual, header.fits(Int(field)) else { return false }
        switch survey(message).flaw {
        case nil: return hasKnownClass(header, message)
        case .cut? where message.byteCount < Int(field): return hasKnownClass(header, message)
        default: return false
        }
    }

    /// Whether what is there of a header and the length before it can be that of a message.
    static func mayBegin(_ cursor: borrowing Cursor) -> Bool {
        guard let field = cursor.peekUInt16(), let flags = cursor.peekUInt16(4) else { return true }
        guard DNSOperation(rawValue: UInt8(flags >> 11) & 0x0f).name != nil, flags & 0x40 == 0 else { return false }
        return cursor.peekUInt16(6).map { DNSHeader.size &+ 5 &* Int($0) <= Int(field) } ?? true
    }

    /// Whether the payload at the cursor can be nothing but one message: it ends where the message does, and every part
    /// of it is sound.
    @inline(__always)
    static func isNothingElse(_ cursor: borrowing Cursor, over transport: LayerKind) -> Bool {
        let prefix = transport == .tcp ? 2 : 0
        // One question, which few other bytes are.
        guard cursor.peekUInt16(prefix &+ 4) == 1, cursor.captured == cursor.remaining,
            cursor.remaining >= prefix &+ DNSHeader.size &+ 5,
            prefix == 0 || cursor.peekUInt16().map(Int.init) == cursor.remaining &- 2
        else { return false }
        return isSound(cursor.capturedBytes.clipped(from: prefix, to: cursor.remaining))
    }

    @inline(never)
    private static func isSound(_ message: RawSpan) -> Bool {
        guard let header = DNSHeader(message), header.isUsual,
            header.operation != .query || header.fits(message.byteCount)
        else { return false }
        let (flaw, end) = survey(message)
        return flaw == nil && end == message.byteCount && hasKnownClass(header, message)
    }

    /// Whether the first question or record, if it is there, is of a class that exists (IANA, DNS CLASSes); OPT has
    /// another field in its place.
    private static func hasKnownClass(_ header: DNSHeader, _ message: RawSpan) -> Bool {
        let first =
            header.questionCount > 0
            ? try? DNSEntry(questionAt: DNSHeader.size, in: message)
            : header.recordCount > 0 ? try? DNSEntry(recordAt: DNSHeader.size, in: message) : nil
        guard let first, first.type.rawValue != 41 else { return true }
        switch first.recordClass {
        case 1, 3, 4, 254, 255: return true
        default: return false
        }
    }
}

extension DNSHeader {
    /// An operation that exists, and the reserved bit clear.
    fileprivate var isUsual: Bool { operation.name != nil && !hasReservedFlag }

    /// Whether as many questions and records as it counts have room in `length` bytes, the shortest there are.
    fileprivate func fits(_ length: Int) -> Bool { Self.size &+ 5 &* questionCount &+ 11 &* recordCount <= length }

    /// Whether its counts are such as a sender may have meant, if they are wrong.
    fileprivate var isModest: Bool {
        questionCount <= 16 && answerCount <= 1024 && authorityCount <= 1024 && additionalCount <= 1024
    }
}
