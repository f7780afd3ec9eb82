// The records of a segment, or of several put together, and where what they hold goes on: RFC 8446 section 5.1.

/// A record, as far as it is there. Offsets count from the start of the records.
@usableFromInline struct TLSRecord {
    @usableFromInline let header: TLSRecordHeader
    /// What is there of its fragment.
    @usableFromInline let fragment: Range<Int>
    /// Where it ends on the wire.
    let end: Int
    /// Where the first handshake message lies that begins in it.
    fileprivate(set) var first: Int?
    /// Whether it begins with more of a message that began before.
    @usableFromInline fileprivate(set) var isContinuation = false
    /// Whether a message begins in it that goes on in the next record.
    fileprivate(set) var hasOpenMessage = false

    /// The first handshake message that begins in it.
    @usableFromInline
    func message(in bytes: RawSpan) -> TLSHandshake? {
        first.flatMap { TLSHandshake(at: $0, of: self, in: bytes) }
    }

    /// The one after `message`.
    @usableFromInline
    func message(after message: TLSHandshake, in bytes: RawSpan) -> TLSHandshake? {
        message.length.flatMap { TLSHandshake(at: message.start &+ 4 &+ $0, of: self, in: bytes) }
    }
}

/// Goes from record to record.
@usableFromInline struct TLSRecords {
    /// Where the next record begins on the wire.
    @usableFromInline private(set) var offset = 0
    /// Bytes of a handshake message that are to come in the records after.
    private var left = 0
    /// After a change cipher spec only hellos are told from what is encrypted.
    private var isEncrypted = false

    /// Messages are at most this long: a certificate chain.
    private static var longest: Int { 1 << 17 }

    @usableFromInline init() {}

    /// Whether a handshake message goes on in the next record.
    var isInMessage: Bool { left > 0 }

    @usableFromInline
    mutating func next(in bytes: RawSpan) -> TLSRecord? {
        guard let header = TLS.record(in: bytes, at: offset) else { return nil }
        let start = offset &+ TLSRecordHeader.size
        offset = start &+ header.length
        var record = TLSRecord(header: header, fragment: start..<min(offset, bytes.byteCount), end: offset)
        if header.type == .handshake {
            findMessages(of: &record, in: bytes)
        } else {
            // Nothing may come between the records of a message (RFC 8446 section 5.1).
            left = 0
            if header.type == .changeCipherSpec { isEncrypted = true }
        }
        return record
    }

    private mutating func findMessages(of record: inout TLSRecord, in bytes: RawSpan) {
        let tail = min(left, record.header.length)
        left &-= tail
        record.isContinuation = tail > 0
        var position = record.fragment.lowerBound &+ tail
        guard position < record.fragment.upperBound else { return }
        record.first = position
        while position < record.fragment.upperBound {
            guard let message = TLSHandshake(at: position, of: record, in: bytes), isClear(message, record, bytes)
            else {
                record.first = nil
                return
            }
            guard let length = message.length else {
                // At least one byte more.
                left = 1
                record.hasOpenMessage = true
                return
            }
            position &+= 4 &+ length
        }
        if position > record.end {
            left = position &- record.end
            record.hasOpenMessage = true
        }
    }

    /// Whether a message is what it seems to be, or encrypted.
    private func isClear(_ message: TLSHandshake, _ record: TLSRecord, _ bytes: RawSpan) -> Bool {
        guard let length = message.length else { return !isEncrypted }
        if isEncrypted {
            // After a hello retry request comes another hello in the clear (RFC 8446 appendix D.4).
            let body = message.start &+ 4
            let version = body &+ 2 <= record.fragment.upperBound ? bytes.uint16(at: body) : 0x0303
            return message.isHello && version == 0x0303 && length < Self.longest
        }
        return message.start &+ 4 &+ length <= record.end || length < Self.longest
    }
}

extension TLS {
    /// Whether the bytes from `offset` on, fewer than a header has, may be the beginning of a record that is told.
    static func mayBeginRecord(_ bytes: RawSpan, at offset: Int) -> Bool {
        let count = bytes.byteCount &- offset
        guard (1..<TLSRecordHeader.size).contains(count), (20...22).contains(bytes.byte(at: offset))
        else { return false }
        return (count < 2 || bytes.byte(at: offset &+ 1) == 3) && (count < 3 || bytes.byte(at: offset &+ 2) <= 4)
            && (count < 4 || bytes.byte(at: offset &+ 3) <= 0x48)
    }

    /// What goes on after the end of `bytes`, which begin with a record; nil where that is nothing, or application
    /// data, of which its beginning tells all.
    static func unfinished(in bytes: RawSpan) -> UnfinishedMessage? {
        var records = TLSRecords()
        var start = 0
        while true {
            let offset = records.offset
            let wasInMessage = records.isInMessage
            if !wasInMessage { start = offset }
            guard let record = records.next(in: bytes) else {
                let needed = offset &+ TLSRecordHeader.size &- start
                guard offset < bytes.byteCount else {
                    return wasInMessage ? UnfinishedMessage(start: start, needed: needed) : nil
                }
                return mayBeginRecord(bytes, at: offset) ? UnfinishedMessage(start: start, needed: needed) : nil
            }
            if records.offset > bytes.byteCount {
                guard (20...22).contains(record.header.type.rawValue) else { return nil }
                return UnfinishedMessage(start: start, needed: records.offset &- start)
            }
            if record.hasOpenMessage { start = offset }
        }
    }
}
