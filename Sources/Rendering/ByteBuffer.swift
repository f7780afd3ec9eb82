public import PacketDecoding

/// A growable run of bytes that renderers fill and the writer empties.
///
/// It keeps its memory between uses, so that a line costs no allocation. All writers append.
@safe public struct ByteBuffer: ~Copyable {
    // The only unsafe memory of the module: `base` holds `capacity` bytes, of which `count` are initialized.
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    /// Bytes written so far.
    public private(set) var count = 0

    /// - Parameter capacity: bytes it holds before it grows.
    public init(capacity: Int = 256) {
        self.capacity = max(16, capacity)
        unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }

    public var isEmpty: Bool { count == 0 }

    /// What has been written.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Forgets what has been written.
    ///
    /// - Parameter keepingCapacity: whether to keep memory that an unusually long text made it grow to.
    public mutating func removeAll(keepingCapacity: Bool = true) {
        if keepingCapacity { count = 0 } else { self = ByteBuffer() }
    }

    /// Forgets everything after the first `count` bytes.
    mutating func truncate(to count: Int) {
        if count >= 0 && count < self.count { self.count = count }
    }

    /// Makes room for `additional` bytes, which ``put(_:)`` then stores without looking.
    mutating func reserve(_ additional: Int) {
        if capacity &- count < additional { grow(by: additional) }
    }

    @inline(never)
    private mutating func grow(by additional: Int) {
        let newCapacity = max(capacity * 2, count + additional)
        let newBase = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
        unsafe newBase.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = newBase
        capacity = newCapacity
    }

    /// Stores a byte in memory that ``reserve(_:)`` has made room for.
    mutating func put(_ byte: UInt8) {
        unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    /// Appends bytes as they are: only for bytes that are known to be safe, never for bytes off the wire.
    public mutating func append(_ bytes: RawSpan) {
        let length = bytes.byteCount
        guard length > 0 else { return }
        reserve(length)
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (base + count).copyMemory(from: start, byteCount: length)
        }
        count &+= length
    }

    /// Stores `value`, which has exactly `digits` decimal digits or fewer, padded with zeros.
    mutating func putDigits(_ value: UInt64, _ digits: Int) {
        var rest = value
        var position = count &+ digits
        count = position
        while position &- 2 >= count &- digits {
            let quotient = rest / 100
            let pair = Int(truncatingIfNeeded: rest &- quotient &* 100) &* 2
            rest = quotient
            position &-= 2
            let two = unsafe UnsafeRawPointer(digitPairs.utf8Start).loadUnaligned(fromByteOffset: pair, as: UInt16.self)
            unsafe base.storeBytes(of: two, toByteOffset: position, as: UInt16.self)
        }
        if position > count &- digits {
            let digit = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            unsafe base.storeBytes(of: digit, toByteOffset: position &- 1, as: UInt8.self)
        }
    }
}

/// 00 to 99, two characters each.
private let digitPairs: StaticString = """
    00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354\
    5556575859606162636465666768697071727374757677787980818283848586878889909192939495969798\
    99
    """

extension ByteBuffer: TextSink {
    // Inlined, so that the copy of a literal, whose length is known then, takes a few moves instead of a call.
    @inline(__always)
    public mutating func write(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        reserve(length)
        unsafe (base + count).copyMemory(from: text.utf8Start, byteCount: length)
        count &+= length
    }

    public mutating func write(byte: UInt8) {
        reserve(1)
        put(byte)
    }

    public mutating func decimal(_ value: UInt64) {
        reserve(20)
        putDigits(value, Self.digitCount(of: value))
    }

    /// `value` in at least `digits` decimal digits, zero-padded.
    public mutating func decimal(_ value: UInt64, digits: Int) {
        let length = max(Self.digitCount(of: value), digits)
        reserve(length)
        putDigits(value, length)
    }

    private static func digitCount(of value: UInt64) -> Int {
        var digits = 1
        var rest = value
        while rest >= 10_000 {
            rest /= 10_000
            digits &+= 4
        }
        if rest >= 1000 { return digits &+ 3 }
        if rest >= 100 { return digits &+ 2 }
        return rest >= 10 ? digits &+ 1 : digits
    }

    public mutating func hex(_ value: UInt64, digits: Int) {
        let needed = max(1, (67 &- value.leadingZeroBitCount) / 4)
        let length = min(max(needed, digits), 64)
        reserve(length)
        var index = length
        while index > 0 {
            index &-= 1
            putNibble(index < 16 ? UInt8(truncatingIfNeeded: value >> UInt64(index &* 4)) & 15 : 0)
        }
    }

    private mutating func putNibble(_ nibble: UInt8) {
        put(nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x57)
    }

    public mutating func address(_ address: IPv4Address) {
        reserve(15)
        let value = address.rawValue
        putOctet(value >> 24)
        put(0x2e)
        putOctet(value >> 16)
        put(0x2e)
        putOctet(value >> 8)
        put(0x2e)
        putOctet(value)
    }

    private mutating func putOctet(_ word: UInt32) {
        let value = UInt64(word & 0xff)
        putDigits(value, value >= 100 ? 3 : value >= 10 ? 2 : 1)
    }

    /// RFC 5952, with the last 32 bits as IPv4 where inet_ntop(3) does: ::ffff:a.b.c.d and ::a.b.c.d.
    public mutating func address(_ address: IPv6Address) {
        reserve(39)
        let zeros = address.zeroRun
        let embedsIPv4 = address.showsIPv4
        var index = 0
        while index < 8 {
            if index == zeros.lowerBound && !zeros.isEmpty {
                put(0x3a)
                if zeros.upperBound == 8 { put(0x3a) }
                index = zeros.upperBound
                continue
            }
            if index > 0 { put(0x3a) }
            if embedsIPv4 && index == 6 {
                self.address(IPv4Address(rawValue: UInt32(truncatingIfNeeded: address.low)))
                return
            }
            hex(UInt64(address.group(index)), digits: 0)
            index &+= 1
        }
    }

    public mutating func address(_ address: MACAddress) {
        reserve(17)
        let value = address.value
        var shift: UInt64 = 48
        while shift > 0 {
            shift &-= 8
            let byte = UInt8(truncatingIfNeeded: value >> shift)
            putNibble(byte >> 4)
            putNibble(byte & 15)
            if shift > 0 { put(0x3a) }
        }
    }

    public mutating func escaped(_ bytes: RawSpan) { escaped(bytes, asciiOnly: false) }

    /// - Parameter asciiOnly: escapes everything beyond ASCII.
    mutating func escaped(_ bytes: RawSpan, asciiOnly: Bool) {
        var offset = 0
        while offset < bytes.byteCount {
            let plain = bytes.plainASCIICount(from: offset)
            if plain > 0 {
                append(bytes.clipped(from: offset, to: offset &+ plain))
                offset &+= plain
            } else {
                let unit = TextUnit(in: bytes, at: offset, asciiOnly: asciiOnly)
                write(unit)
                offset &+= unit.length
            }
        }
    }
}

extension ByteBuffer {
    /// Text that did not come off the wire but may hold anything: a name the user or the system gave. Escaped.
    public mutating func escaped(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        escaped(text.utf8Span.span.raw)
    }

    /// A number people count with: `4,312`.
    mutating func grouped(_ value: Int) {
        if value < 0 { write("-") }
        grouped(value.magnitude)
    }

    private mutating func grouped(_ value: UInt) {
        guard value >= 1000 else { return decimal(UInt64(value)) }
        grouped(value / 1000)
        write(",")
        decimal(UInt64(value % 1000), digits: 3)
    }

    mutating func spaces(_ count: Int) { repeated(" ", count) }

    mutating func repeated(_ text: StaticString, _ count: Int) {
        guard count > 0 else { return }
        for _ in 0..<count { write(text) }
    }
}

extension Span where Element == UInt8 {
    /// The same bytes. Safe for this element: it has no padding.
    var raw: RawSpan {
        @_lifetime(copy self)
        get { unsafe bytes }
    }
}
