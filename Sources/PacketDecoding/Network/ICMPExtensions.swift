// What routers add to ICMP errors: RFC 4884 section 7. MPLS label stack objects: RFC 4950.
//
//    0       3 4                 15 16                            31
//   +---------+--------------------+-------------------------------+
//   |version 2|      reserved      |           checksum            |
//   |  object length, header incl. |     class     |    subtype    |
//   |  object                                                      |
//   +--------------------------------------------------------------+

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
        guard bytes.byteCount >= 8, bytes.byte(at: 0) >> 4 == 2 else {
            self.init()
            return
        }
        var sum = InternetChecksum()
        sum.add(bytes)
        // A checksum of zero says that none was computed (RFC 4884 section 7).
        guard bytes.uint16(at: 2) == 0 || sum.folded == 0xffff else {
            self.init()
            return
        }
        var offset = 4
        while bytes.byteCount &- offset >= 4 {
            let length = Int(bytes.uint16(at: offset))
            guard length >= 4, length <= bytes.byteCount &- offset else { break }
            // Class 1, subtype 1: incoming label stack (RFC 4950 section 3).
            if bytes.uint16(at: offset &+ 2) == 0x0101 {
                self.init(entries: bytes.clipped(from: offset &+ 4, to: offset &+ length))
                return
            }
            offset &+= length
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
