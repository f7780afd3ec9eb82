public import PacketDecoding

/// A growable run of bytes that renderers fill and the writer empties.
///
/// It keeps its memory between uses, so that a line costs no allocation. All writers append.
@safe public struct ByteBuffer: ~Copyable, @unchecked Sendable {
    // The only unsafe memory of the module, and nobody else's: `base` holds `capacity` bytes, of which `count` are initialized.
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

    /// Stores a text of ours, most of which are short, without a call: in memory that ``reserve(_:)`` has made room for.
    @inline(__always)
    mutating func put(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        let source = unsafe UnsafeRawPointer(text.utf8Start)
        if length > 16 {
            unsafe (base + count).copyMemory(from: source, byteCount: length)
        } else if length >= 8 {
            unsafe copyEnds(of: source, length, as: UInt64.self)
        } else if length >= 4 {
            unsafe copyEnds(of: source, length, as: UInt32.self)
        } else if length >= 2 {
            unsafe copyEnds(of: source, length, as: UInt16.self)
        } else if length == 1 {
            unsafe base.storeBytes(of: source.load(as: UInt8.self), toByteOffset: count, as: UInt8.self)
        }
        count &+= length
    }

    /// Copies `length` bytes, from one to two words of them, as its first and its last word, which may overlap.
    @inline(__always)
    private func copyEnds<Word: BitwiseCopyable>(of source: UnsafeRawPointer, _ length: Int, as type: Word.Type) {
        let last = length &- MemoryLayout<Word>.size
        let (head, tail) = unsafe (source.loadUnaligned(as: type), source.loadUnaligned(fromByteOffset: last, as: type))
        unsafe base.storeBytes(of: head, toByteOffset: count, as: type)
        unsafe base.storeBytes(of: tail, toByteOffset: count &+ last, as: type)
    }

    /// Stores `length` spaces, in memory that ``reserve(_:)`` has made room for and 16 bytes more.
    @inline(__always)
    mutating func putSpaces(_ length: Int) {
        var offset = 0
        while offset < length {
            unsafe base.storeBytes(
                of: SIMD16<UInt8>(repeating: 0x20), toByteOffset: count &+ offset, as: SIMD16<UInt8>.self)
            offset &+= 16
        }
        count &+= length
    }

    /// Moves what was written from `start` on by `spaces`, which take its place, in memory that ``reserve(_:)`` has made
    /// room for and 16 bytes more.
    private mutating func moveEnd(from start: Int, by spaces: Int) {
        let length = count &- start
        let text = unsafe base + start
        if length <= 16 && count &+ spaces &+ 16 <= capacity {
            // Two of any length, so that none of it is written over before it was read.
            let moved = unsafe text.loadUnaligned(as: SIMD16<UInt8>.self)
            count = start
            putSpaces(spaces)
            unsafe base.storeBytes(of: moved, toByteOffset: count, as: SIMD16<UInt8>.self)
            count &+= length
            return
        }
        unsafe (text + spaces).copyMemory(from: text, byteCount: length)
        count = start
        for _ in 0..<spaces { put(0x20) }
        count &+= length
    }

    /// Stores the lowest `count` bytes of `word`, lowest first: 8 bytes at most, in memory that ``reserve(_:)`` has
    /// made room for, a whole word of it.
    @inline(__always)
    mutating func put(_ word: UInt64, count: Int) {
        unsafe base.storeBytes(of: word.littleEndian, toByteOffset: self.count, as: UInt64.self)
        self.count &+= count
    }

    /// Stores `value` in `digits` decimal digits, zero-padded; it must not have more. Asks for 8 bytes beyond them.
    mutating func putDigits(_ value: UInt64, _ digits: Int) {
        var value = value
        if digits > 8 {
            putDigits(value / 100_000_000, digits &- 8)
            value %= 100_000_000
        }
        let shown = min(digits, 8)
        let word = Self.decimalDigits(UInt32(truncatingIfNeeded: value)) | Self.zeros
        put(word >> UInt64(truncatingIfNeeded: 64 &- shown &* 8), count: shown)
    }

    /// Stores `value`, less than 100,000,000, without leading zeros.
    @inline(__always)
    private mutating func putDecimal(_ value: UInt32) {
        let digits = Self.decimalDigits(value)
        // Of 0, too, the last digit is shown.
        let leading = (digits | 1 << 56).trailingZeroBitCount & ~7
        put((digits | Self.zeros) >> UInt64(truncatingIfNeeded: leading), count: 8 &- leading / 8)
    }

    /// The character `0`, eight times.
    private static var zeros: UInt64 { 0x3030_3030_3030_3030 }

    /// The eight decimal digits of `value`, less than 100,000,000, the first one in the lowest byte: halves, quarters
    /// and digits are divided beside each other, by multiplication.
    @inline(__always)
    private static func decimalDigits(_ value: UInt32) -> UInt64 {
        let high = value / 10_000
        let halves = UInt64(high) | UInt64(value &- high &* 10_000) << 32
        let hundreds = (halves &* 10_486) >> 20 & 0x0000_007f_0000_007f
        let pairs = hundreds | (halves &- hundreds &* 100) << 16
        let tens = (pairs &* 103) >> 10 & 0x000f_000f_000f_000f
        return tens | (pairs &- tens &* 10) << 8
    }

    /// The four hexadecimal digits of `value` as characters, the first one in the lowest byte.
    @inline(__always)
    private static func hexDigits(_ value: UInt16) -> UInt32 {
        let bytes = UInt32(value) >> 8 | UInt32(value & 0xff) << 16
        let nibbles = bytes >> 4 & 0x000f_000f | (bytes & 0x000f_000f) << 8
        let letters = (nibbles &+ 0x0606_0606) >> 4 & 0x0101_0101
        return nibbles &+ 0x3030_3030 &+ letters &* 39
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
        reserve(1)
        put(byte)
    }

    public mutating func decimal(_ value: UInt64) {
        reserve(28)
        if value < 10 {
            put(UInt8(truncatingIfNeeded: value) &+ 0x30)
        } else if value < 100_000_000 {
            putDecimal(UInt32(truncatingIfNeeded: value))
        } else if value < 10_000_000_000_000_000 {
            let high = value / 100_000_000
            putDecimal(UInt32(truncatingIfNeeded: high))
            putDigits(value &- high &* 100_000_000, 8)
        } else {
            putDigits(value, Self.digitCount(of: value))
        }
    }

    /// `value` in at least `digits` decimal digits, zero-padded.
    public mutating func decimal(_ value: UInt64, digits: Int) {
        let length = max(Self.digitCount(of: value), digits)
        reserve(length &+ 8)
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
        reserve(length &+ 8)
        if length <= 4 {
            let word = UInt64(Self.hexDigits(UInt16(truncatingIfNeeded: value)))
            return put(word >> UInt64(truncatingIfNeeded: 32 &- length &* 8), count: length)
        }
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
        reserve(20)
        let value = SIMD4<UInt32>(repeating: address.rawValue)
        let octets = (value &>> SIMD4(24, 16, 8, 0)) & SIMD4(repeating: 0xff)
        let hundreds = (octets &* SIMD4(repeating: 41)) &>> SIMD4(repeating: 12)
        let rest = octets &- hundreds &* SIMD4(repeating: 100)
        let tens = (rest &* SIMD4(repeating: 103)) &>> SIMD4(repeating: 10)
        let ones = rest &- tens &* SIMD4(repeating: 10)
        let digits = hundreds | tens &<< SIMD4(repeating: 8) | ones &<< SIMD4(repeating: 16)
        putOctet(digits[0])
        putOctet(digits[1])
        putOctet(digits[2])
        putOctet(digits[3])
        // The last of the dots.
        count &-= 1
    }

    /// - Parameter digits: three, the first one in the lowest byte; leading zeros are left out.
    @inline(__always)
    private mutating func putOctet(_ digits: UInt32) {
        let leading = (digits | 1 << 16).trailingZeroBitCount & ~7
        let text = (digits | 0x2e30_3030) >> UInt32(truncatingIfNeeded: leading)
        unsafe base.storeBytes(of: text.littleEndian, toByteOffset: count, as: UInt32.self)
        count &+= 4 &- leading / 8
    }

    /// RFC 5952, with the last 32 bits as IPv4 where inet_ntop(3) does: ::ffff:a.b.c.d and ::a.b.c.d.
    public mutating func address(_ address: IPv6Address) {
        reserve(48)
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
            let digits = Self.hexDigits(address.group(index))
            // Only the character 0 has four low bits of 0. Of group 0, too, the last digit is shown.
            let leading = (digits & 0x0f0f_0f0f | 1 << 24).trailingZeroBitCount & ~7
            put(UInt64(digits >> UInt32(truncatingIfNeeded: leading)), count: 4 &- leading / 8)
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

    mutating func spaces(_ count: Int) {
        guard count > 0 else { return }
        reserve(count &+ 16)
        putSpaces(count)
    }

    /// Puts spaces in front of what was written from `start` on.
    mutating func indent(from start: Int, by spaces: Int) {
        guard spaces > 0, start >= 0, start <= count else { return }
        reserve(spaces &+ 16)
        moveEnd(from: start, by: spaces)
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
