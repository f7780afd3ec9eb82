// Handshake messages: RFC 8446 sections 4 and 5.1. A message may go on in the next record, and a record hold several.
//
//    0      7 8                      31
//   +--------+------------------------+-----//-----+
//   |  type  |         length         |    body    |
//   +--------+------------------------+-----//-----+

/// A handshake message that is not encrypted, as far as it is there.
@usableFromInline struct TLSHandshake {
    @usableFromInline let type: UInt8
    /// Of what follows type and length, in bytes; nil where that is not there yet.
    @usableFromInline let length: Int?
    /// Of its first byte, from the start of the records.
    let start: Int
    /// What there is of it, where that lies in one record.
    private let range: Range<Int>
    /// What there is of a hello that lies in several records, put together.
    private var gathered: [UInt8] = []

    /// nil where no message can begin like this.
    init?(at position: Int, of record: TLSRecord, in bytes: RawSpan) {
        start = position
        guard position < record.fragment.upperBound else { return nil }
        type = bytes.byte(at: position)
        var rest = TLSHandshakeBytes(at: position, of: record)
        var word: UInt32 = 0
        var count = 0
        while count < 4, let run = rest.next(4 &- count, in: bytes) {
            for index in run { word = word << 8 | UInt32(bytes.byte(at: index)) }
            count &+= run.count
        }
        length = count == 4 ? Int(word & 0xff_ffff) : nil
        let end = length.map { position &+ 4 &+ $0 } ?? .max
        range = position..<min(end, record.fragment.upperBound)
        guard name != nil else { return nil }
        guard let length, end > record.end, isHello else { return }
        gathered.reserveCapacity(min(4 &+ length, bytes.byteCount))
        rest = TLSHandshakeBytes(at: position, of: record)
        while gathered.count < 4 &+ length, let run = rest.next(4 &+ length &- gathered.count, in: bytes) {
            for index in run { gathered.append(bytes.byte(at: index)) }
        }
    }

    @usableFromInline var isHello: Bool { type == 1 || type == 2 }

    /// What is there of it, from its type on; of one that lies in several records only hellos are put together.
    @_lifetime(copy bytes, borrow self)
    @usableFromInline
    func bytes(in bytes: RawSpan) -> RawSpan {
        gathered.isEmpty ? bytes.extracting(range) : unsafe gathered.span.bytes
    }

    @inlinable
    func describe(in bytes: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        sink.number("handshake_type", type, meaning: name)
        if let length { sink.number("handshake_length", length) }
        let message = self.bytes(in: bytes)
        TLSHello(self, in: message)?.describe(message, to: &sink)
    }

    @inlinable
    func summarize(in bytes: RawSpan, context: SummaryContext, to sink: inout some TextSink & ~Copyable) {
        let message = self.bytes(in: bytes)
        let hello = TLSHello(self, in: message)
        if hello?.isRetryRequest == true {
            sink.write("hello retry request")
        } else {
            sink.name(name, or: type)
        }
        hello?.summarize(message, context: context, to: &sink)
    }

    @usableFromInline var name: StaticString? {
        switch type {
        case 0: "hello request"
        case 1: "client hello"
        case 2: "server hello"
        case 4: "new session ticket"
        case 5: "end of early data"
        case 8: "encrypted extensions"
        case 11: "certificate"
        case 12: "server key exchange"
        case 13: "certificate request"
        case 14: "server hello done"
        case 15: "certificate verify"
        case 16: "client key exchange"
        case 20: "finished"
        case 22: "certificate status"
        case 24: "key update"
        default: nil
        }
    }
}

/// The bytes of handshake records, one behind the other.
struct TLSHandshakeBytes {
    private var position, end: Int
    /// Of the next record's header.
    private var following: Int

    init(at position: Int, of record: TLSRecord) {
        self.position = position
        end = record.fragment.upperBound
        following = record.end
    }

    /// Where the next bytes lie, at most `limit`; nil where there are none, or a record of another kind comes before.
    mutating func next(_ limit: Int, in bytes: RawSpan) -> Range<Int>? {
        while position >= end {
            guard let header = TLS.record(in: bytes, at: following), header.type == .handshake else { return nil }
            position = following &+ TLSRecordHeader.size
            following = position &+ header.length
            end = min(following, bytes.byteCount)
        }
        defer { position = min(end, position &+ limit) }
        return position..<min(end, position &+ limit)
    }
}
