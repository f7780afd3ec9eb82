// What routers add to ICMP errors: RFC 4884 section 7. MPLS label stack objects: RFC 4950.
//
//    0       3 4                 15 16                            31
//   +---------+--------------------+-------------------------------+
//   |version 2|      reserved      |           checksum            |
//   |  object length, header incl. |     class     |    subtype    |
//   |  object                                                      |
//   +--------------------------------------------------------------+

/// Where the extension structure of an ICMP or ICMPv6 message lies in its frame.
@usableFromInline struct ICMPExtensions {
    /// Of the structure's own header, in bytes.
    @usableFromInline static var headerLength: Int { 4 }
    /// Objects that are described.
    @usableFromInline static var describedLimit: Int { 64 }
    /// What a quote must have before extensions, in bytes (RFC 4884 section 4).
    @usableFromInline static var quoteLength: Int { 128 }

    @usableFromInline private(set) var start: Int
    /// Where the message ends on the wire.
    @usableFromInline let end: Int

    /// Looks behind the quote of an error.
    ///
    /// - Parameter length: of the quote as the message has it, in bytes; 0 where it says nothing.
    @usableFromInline
    init?(behindQuoteOf index: Int, length: Int, in packet: Packet) {
        let message = packet.layers[index]
        guard !message.traits.contains(.quoted), !message.traits.contains(.fragment) else { return nil }
        end = packet.wireEnd(at: index)
        if length > 0 {
            // Of a quote too short for them only a good checksum shows that they are extensions.
            start = message.payloadOffset &+ length
            if isThere(in: packet, index, mustBeGood: length < Self.quoteLength) { return }
        }
        // Routers from before RFC 4884 put them behind 128 bytes without saying so (its section 5.5).
        start = message.payloadOffset &+ Self.quoteLength
        guard length < Self.quoteLength, isThere(in: packet, index, mustBeGood: true) else { return nil }
    }

    /// Those of an extended echo request, which has nothing else (RFC 8335 section 2).
    @usableFromInline
    init?(afterHeaderOf index: Int, in packet: Packet) {
        let message = packet.layers[index]
        guard !message.traits.contains(.quoted), !message.traits.contains(.fragment) else { return nil }
        start = message.payloadOffset
        end = packet.wireEnd(at: index)
        guard isThere(in: packet, index, mustBeGood: false) else { return nil }
    }

    private func isThere(in packet: Packet, _ index: Int, mustBeGood: Bool) -> Bool {
        let captured = bytes(in: packet, index)
        guard captured.byteCount >= Self.headerLength, captured.byte(at: 0) >> 4 == 2 else { return false }
        return !mustBeGood || captured.byteCount == end &- start && Self.status(of: captured) == .good
    }

    /// What was captured of them.
    @usableFromInline
    @_lifetime(copy packet)
    func bytes(in packet: Packet, _ index: Int) -> RawSpan {
        packet.frame.bytes.clipped(from: start, to: min(end, packet.capturedEnd(at: index)))
    }

    /// Of a whole structure. A checksum of zero says that none was computed (RFC 4884 section 7).
    @usableFromInline
    static func status(of bytes: RawSpan) -> ChecksumStatus {
        if bytes.uint16(at: 2) == 0 { return .absent }
        var sum = InternetChecksum()
        sum.add(bytes)
        return sum.folded == 0xffff ? .good : .bad
    }
}

/// Where one object lies in an extension structure.
@usableFromInline struct ICMPExtensionObject {
    @usableFromInline let classNumber, subtype: UInt8
    /// As it says, header included, in bytes.
    @usableFromInline let length: Int
    /// What follows its header.
    @usableFromInline let data: Range<Int>

    @usableFromInline var end: Int { data.upperBound }

    /// The object at `offset`; nil where none is whole.
    ///
    /// - Parameter end: of the structure on the wire.
    @usableFromInline
    init?(in bytes: RawSpan, at offset: Int, end: Int) {
        guard bytes.byteCount &- offset >= 4 else { return nil }
        length = Int(bytes.uint16(at: offset))
        guard length >= 4, length <= end &- offset else { return nil }
        classNumber = bytes.byte(at: offset &+ 2)
        subtype = bytes.byte(at: offset &+ 3)
        data = offset &+ 4..<offset &+ length
    }

    /// Class 1, subtype 1: incoming label stack (RFC 4950 section 3).
    @usableFromInline var isLabelStack: Bool { classNumber == 1 && subtype == 1 }

    /// IANA, ICMP Extension Object Classes; nil for a class without a name here.
    @usableFromInline var className: StaticString? {
        switch classNumber {
        case 1: "MPLS label stack"
        case 2: "interface information"
        case 3: "interface identification"
        default: nil
        }
    }

    /// nil where the class has no names of subtypes.
    @usableFromInline var subtypeName: StaticString? {
        switch (classNumber, subtype) {
        case (1, 1): "incoming"
        case (3, 1): "by name"
        case (3, 2): "by index"
        case (3, 3): "by address"
        default: nil
        }
    }
}

/// The labels of the MPLS packet that an ICMP error is about, outermost first, eight at most.
@frozen public struct MPLSStack: BitwiseCopyable, Hashable, Sendable {
    @usableFromInline let entries: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)
    /// How many there are.
    public let count: Int

    @inlinable
    public init() {
        entries = (0, 0, 0, 0, 0, 0, 0, 0)
        count = 0
    }

    /// Reads the stack out of an extension structure; empty where there is none, or where length or checksum are wrong.
    public init(inExtensions bytes: RawSpan) {
        guard bytes.byteCount >= 8, bytes.byte(at: 0) >> 4 == 2, ICMPExtensions.status(of: bytes) != .bad else {
            self.init()
            return
        }
        var offset = ICMPExtensions.headerLength
        while let object = ICMPExtensionObject(in: bytes, at: offset, end: bytes.byteCount) {
            if object.isLabelStack {
                self.init(entries: bytes.extracting(object.data))
                return
            }
            offset = object.end
        }
        self.init()
    }

    private init(entries bytes: RawSpan) {
        func entry(_ index: Int) -> UInt32 {
            bytes.byteCount >= index &* 4 &+ 4 ? bytes.uint32(at: index &* 4).bigEndian : 0
        }
        entries = (entry(0), entry(1), entry(2), entry(3), entry(4), entry(5), entry(6), entry(7))
        count = min(bytes.byteCount / 4, 8)
    }

    /// Label `index`, from 0.
    public subscript(index: Int) -> MPLSLabel {
        let entry =
            switch index {
            case 0: entries.0
            case 1: entries.1
            case 2: entries.2
            case 3: entries.3
            case 4: entries.4
            case 5: entries.5
            case 6: entries.6
            default: entries.7
            }
        return MPLSLabel(rawEntry: entry)
    }

    public static func == (a: MPLSStack, b: MPLSStack) -> Bool {
        a.count == b.count && (0..<a.count).allSatisfy { a[$0].rawEntry == b[$0].rawEntry }
    }

    public func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(self[index].rawEntry) }
    }
}
