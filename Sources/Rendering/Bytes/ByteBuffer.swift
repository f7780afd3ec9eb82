public import PacketDecoding

/// A growable run of bytes that renderers fill and the writer empties.
///
/// It keeps its memory between uses, so that a line costs no allocation. All writers append.
@safe public struct ByteBuffer: ~Copyable, @unchecked Sendable {
    // The only unsafe memory of the module: `base` holds `capacity` bytes, of which `count` are initialized. Only an
    // ``UncheckedWriter`` writes into it directly, between ``tail(for:)`` and ``take(_:)``.
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

    /// Makes room for `additional` bytes.
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

    /// Where the text goes on, with room for `bound` bytes that nothing checks again: the caller proves that what it puts
    /// is not more, and hands the tail back to ``take(_:)`` before it writes anything else.
    @unsafe @inline(__always)
    mutating func tail(for bound: Int) -> UncheckedWriter {
        reserve(bound &+ UncheckedWriter.slack)
        return unsafe UncheckedWriter(base + count, limit: base + count + bound + UncheckedWriter.slack)
    }

    /// Makes what was put at `tail` part of the buffer.
    @unsafe @inline(__always)
    mutating func take(_ tail: UncheckedWriter) { unsafe count = tail.distance(from: base) }

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

    /// Appends text of this program's own, or that is escaped: never text off the wire.
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { text in unsafe append(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(text))) }
    }

    /// What has been written, as a string.
    public var string: String { unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }

    /// Puts spaces in front of what was written from `start` on.
    mutating func indent(from start: Int, by spaces: Int) {
        guard spaces > 0, start >= 0, start <= count else { return }
        let length = count &- start
        // For the spaces, and for as much behind the text and behind them as is read and stored at one go.
        reserve(spaces &+ 2 &* UncheckedWriter.slack)
        let text = unsafe base + start
        if length <= 16 {
            let moved = unsafe text.loadUnaligned(as: SIMD16<UInt8>.self)
            count = start
            self.spaces(spaces)
            unsafe base.storeBytes(of: moved, toByteOffset: count, as: SIMD16<UInt8>.self)
            count &+= length
        } else {
            unsafe (text + spaces).copyMemory(from: text, byteCount: length)
            unsafe text.initializeMemory(as: UInt8.self, repeating: 0x20, count: spaces)
            count &+= spaces
        }
    }
}

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
        var tail = unsafe tail(for: 1)
        tail.put(byte)
        unsafe take(tail)
    }

    public mutating func decimal(_ value: UInt64) {
        var tail = unsafe tail(for: 20)
        tail.decimal(value)
        unsafe take(tail)
    }

    /// `value` in at least `digits` decimal digits, zero-padded.
    public mutating func decimal(_ value: UInt64, digits: Int) {
        let length = max(value.decimalDigitCount, digits)
        zeros(length &- 20)
        var tail = unsafe tail(for: 20)
        tail.putDigits(value, min(length, 20))
        unsafe take(tail)
    }

    private mutating func zeros(_ count: Int) { repeated("0", count) }

    public mutating func hex(_ value: UInt64, digits: Int) {
        let needed = max(1, (67 &- value.leadingZeroBitCount) / 4)
        let length = min(max(needed, digits), 64)
        zeros(length &- 16)
        var tail = unsafe tail(for: 16)
        if length > 8 { tail.hex(UInt32(truncatingIfNeeded: value >> 32), digits: min(length &- 8, 8)) }
        tail.hex(UInt32(truncatingIfNeeded: value), digits: min(length, 8))
        unsafe take(tail)
    }

    public mutating func address(_ address: IPv4Address) {
        // The dot after the last octet is taken back.
        var tail = unsafe tail(for: 16)
        tail.address(address)
        unsafe take(tail)
    }

    public mutating func address(_ address: IPv6Address) {
        var tail = unsafe tail(for: 48)
        tail.address(address)
        unsafe take(tail)
    }

    public mutating func address(_ address: MACAddress) {
        var tail = unsafe tail(for: 17)
        tail.address(address)
        unsafe take(tail)
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
                let unit = EscapedCharacter(in: bytes, at: offset, asciiOnly: asciiOnly)
                write(unit)
                offset &+= unit.length
            }
        }
    }
}

extension ByteBuffer {
    /// Text that has its escapes already: a backslash and what stands behind it stay as they are. All else is escaped.
    mutating func keepingEscapes(_ bytes: RawSpan) {
        var start = 0
        var offset = 0
        while offset < bytes.byteCount {
            guard bytes.byte(at: offset) == 0x5c, offset &+ 1 < bytes.byteCount,
                (0x20...0x7e).contains(bytes.byte(at: offset &+ 1))
            else {
                offset &+= 1
                continue
            }
            escaped(bytes.clipped(from: start, to: offset))
            append(bytes.clipped(from: offset, to: offset &+ 2))
            offset &+= 2
            start = offset
        }
        escaped(bytes.clipped(from: start, to: bytes.byteCount))
    }

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

    mutating func spaces(_ count: Int) {
        guard count > 0 else { return }
        var tail = unsafe tail(for: count)
        tail.putSpaces(count)
        unsafe take(tail)
    }

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
