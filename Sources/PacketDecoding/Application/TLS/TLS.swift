// TLS records: RFC 8446 section 5.1, RFC 5246 section 6.2.1.
//
//    0      7 8           23 24          39
//   +--------+--------------+--------------+-----//-----+
//   |  type  |   version    |    length    |  fragment  |
//   +--------+--------------+--------------+-----//-----+

/// The header of a TLS record, as on the wire (5 bytes).
@frozen public struct TLSRecordHeader: WireHeader {
    @usableFromInline let rawType: UInt8
    // Bytes, because numbers of two would be moved to even offsets.
    @usableFromInline let rawVersion, rawLength: (UInt8, UInt8)

    @inlinable public static var layer: LayerKind { .tls }

    @inlinable public var type: TLSContentType { TLSContentType(rawValue: rawType) }
    /// As old middleboxes want it: 3.1 or 3.3 whatever is spoken.
    @inlinable public var version: TLSVersion {
        TLSVersion(rawValue: UInt16(rawVersion.0) << 8 | UInt16(rawVersion.1))
    }
    /// Of the fragment, in bytes: at most 16 KiB and what encryption adds.
    @inlinable public var length: Int { Int(rawLength.0) << 8 | Int(rawLength.1) }

    /// Whether a record can begin like this: RFC 5246 section 6.2.3 allows up to 2 KiB of expansion.
    @inlinable public var isPlausible: Bool {
        type.name != nil && version.rawValue >> 8 == 3 && version.rawValue & 0xff <= 4 && length <= 16384 &+ 2048
    }
}

/// What a TLS record holds (IANA, TLS ContentType).
@frozen public struct TLSContentType: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var changeCipherSpec: TLSContentType { TLSContentType(rawValue: 20) }
    @inlinable public static var alert: TLSContentType { TLSContentType(rawValue: 21) }
    @inlinable public static var handshake: TLSContentType { TLSContentType(rawValue: 22) }
    @inlinable public static var applicationData: TLSContentType { TLSContentType(rawValue: 23) }

    @inlinable public var name: StaticString? {
        switch rawValue {
        case 20: "change cipher spec"
        case 21: "alert"
        case 22: "handshake"
        case 23: "application data"
        case 24: "heartbeat"
        default: nil
        }
    }
}

/// A version of TLS as on the wire: 0x0304 is TLS 1.3.
@frozen public struct TLSVersion: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public var name: StaticString? {
        switch rawValue {
        case 0x0300: "SSL 3.0"
        case 0x0301: "TLS 1.0"
        case 0x0302: "TLS 1.1"
        case 0x0303: "TLS 1.2"
        case 0x0304: "TLS 1.3"
        default: nil
        }
    }

    /// A value that a client offers to see whether it is ignored (RFC 8701).
    @inlinable public var isGrease: Bool { rawValue & 0x0f0f == 0x0a0a && rawValue >> 8 == rawValue & 0xff }
}

/// The TLS records that begin in one segment. It is all header: nothing follows it.
///
/// Segments begin anywhere in a stream: one that does not begin with a record is no layer.
public enum TLS {
    /// Records of one segment that are told.
    @inlinable static var recordLimit: Int { 16 }
}

extension TLS: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let length = cursor.remaining
        let captured = cursor.bytes.clipped(from: start, to: start &+ cursor.captured)
        let isWhole = cursor.captured == length
        if let first = cursor.peek(TLSRecordHeader.self) {
            guard first.isPlausible else { return nil }
        } else {
            guard isWhole, mayBeginRecord(captured, at: 0) else { return nil }
        }
        let contradiction = contradiction(in: captured)
        var traits: LayerTraits = isWhole && contradiction == nil ? [] : .partial
        if traits.isEmpty, unfinished(in: captured) != nil { traits = .continues }
        try decoder.append(Layer(.tls, at: start, headerLength: length, end: cursor.end, traits: traits))
        try cursor.require(length, for: .tls)
        if let contradiction { throw DecodeError(.tls, at: start, .badLength(contradiction)) }
        return nil
    }

    /// A length that contradicts the hello that opens `bytes`.
    private static func contradiction(in bytes: RawSpan) -> Int? {
        // Most segments hold application data.
        guard bytes.byte(at: 0) == TLSContentType.handshake.rawValue else { return nil }
        var records = TLSRecords()
        guard let record = records.next(in: bytes), let message = record.message(in: bytes) else { return nil }
        return TLSHello(message, in: message.bytes(in: bytes))?.contradiction
    }

    /// Whether a stream of TLS begins with `bytes`, whose first four are those of a handshake or an alert.
    static func begins(_ bytes: RawSpan) -> Bool {
        bytes.byteCount < TLSRecordHeader.size || record(in: bytes, at: 0) != nil
    }

    /// The record header at `offset`; nil where there is none, or records of another kind of bytes follow.
    @usableFromInline
    static func record(in bytes: RawSpan, at offset: Int) -> TLSRecordHeader? {
        guard bytes.byteCount &- offset >= TLSRecordHeader.size else { return nil }
        let header = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: TLSRecordHeader.self)
        return header.isPlausible ? header : nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let bytes = packet.headerBytes(at: index)
        sink.beginList("records")
        var records = TLSRecords()
        var count = 0
        while count < recordLimit, let record = records.next(in: bytes) {
            sink.beginItem("record")
            sink.number("type", record.header.type.rawValue, meaning: record.header.type.name)
            sink.hexNumber("version", record.header.version.rawValue, digits: 4, meaning: record.header.version.name)
            sink.number("length", record.header.length)
            if let alert = TLSAlert(record, in: bytes) {
                alert.describe(to: &sink)
            } else if let message = record.message(in: bytes) {
                message.describe(in: bytes, to: &sink)
                var next = record.message(after: message, in: bytes)
                if next != nil { sink.beginList("further_messages") }
                var further = 0
                while let message = next, further < recordLimit {
                    sink.beginItem("message")
                    message.describe(in: bytes, to: &sink)
                    sink.endItem()
                    next = record.message(after: message, in: bytes)
                    further &+= 1
                }
                if further > 0 { sink.endList() }
            }
            sink.endItem()
            count &+= 1
        }
        sink.endList()
        let goesOn = records.offset > packet.layers[index].headerLength
        if goesOn || packet.layers[index].traits.contains(.continues) { sink.boolean("continues", true) }
    }

    /// `TLS client hello "example.org" ALPN h2 http/1.1 TLS 1.3 TLS 1.2`, `TLS server hello TLS 1.3
    /// TLS_AES_128_GCM_SHA256, change cipher spec, application data …`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        let bytes = packet.headerBytes(at: index)
        if !context.isTerse { sink.write("TLS ") }
        var records = TLSRecords()
        var told = 0
        while told <= recordLimit, let record = records.next(in: bytes) {
            var message = record.message(in: bytes)
            // What goes on from the record before has been told there.
            if message == nil && record.isContinuation { continue }
            repeat {
                if told > 0 { sink.write(", ") }
                told &+= 1
                if told > recordLimit {
                    sink.write("…")
                    break
                }
                if let found = message {
                    found.summarize(in: bytes, context: context, to: &sink)
                    message = record.message(after: found, in: bytes)
                } else {
                    record.summarize(in: bytes, context: context, to: &sink)
                }
            } while message != nil
        }
        if told == 0 && bytes.byteCount > 0 {
            // Not even the header of the first record is there whole.
            let type = TLSContentType(rawValue: bytes.byte(at: 0))
            sink.name(type.name, or: type.rawValue)
        }
        let goesOn = records.offset > packet.layers[index].headerLength
        if told <= recordLimit, goesOn || packet.layers[index].traits.contains(.continues) { sink.write(" …") }
        if !context.isTerse { sink.fault(of: index, in: packet) }
    }
}

extension Packet {
    /// The first alert of layer `index`, TLS, that is not encrypted and says what is wrong: any but `close notify`.
    public func tlsAlert(at index: Int) -> TLSAlertDescription? {
        let bytes = headerBytes(at: index)
        // Most segments hold application data.
        guard layers[index].kind == .tls, bytes.byteCount > 0,
            bytes.byte(at: 0) != TLSContentType.applicationData.rawValue
        else { return nil }
        var records = TLSRecords()
        while let record = records.next(in: bytes) {
            if let description = TLSAlert(record, in: bytes)?.description, description != .closeNotify {
                return description
            }
        }
        return nil
    }
}

extension TLSRecord {
    /// Any record but one whose messages are told.
    @inlinable
    func summarize(in bytes: RawSpan, context: SummaryContext, to sink: inout some TextSink & ~Copyable) {
        if let alert = TLSAlert(self, in: bytes) { return alert.summarize(context: context, to: &sink) }
        sink.name(header.type.name, or: header.type.rawValue)
        guard context.isTerse, header.type == .applicationData else { return }
        sink.write(" ")
        sink.decimal(header.length)
        sink.write(" B")
    }
}
