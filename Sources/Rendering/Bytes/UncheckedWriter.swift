// Text put at the end of a byte buffer where one bound was checked for all of it.

import PacketDecoding

/// The place where a byte buffer's text goes on, while as much is put there as room was made for: nothing checks it
/// again. See ``ByteBuffer/tail(for:)``.
///
/// The compiler keeps it in a register. The buffer's own count it reads and writes anew around every store, since any
/// of them might have changed it.
@safe struct UncheckedWriter: BitwiseCopyable {
    /// Stores may reach this far beyond the last byte put: they are those of whole words.
    static let slack = 16

    private var next: UnsafeMutableRawPointer
    /// Where the room ends, which only debug builds look at.
    private let limit: UnsafeMutableRawPointer

    @unsafe @inline(__always)
    init(_ next: UnsafeMutableRawPointer, limit: UnsafeMutableRawPointer) {
        unsafe self.next = next
        unsafe self.limit = limit
    }

    /// How far the tail has come from `start`, in bytes.
    @inline(__always)
    func distance(from start: UnsafeMutableRawPointer) -> Int { unsafe next - start }

    @inline(__always)
    private mutating func store<Word: BitwiseCopyable>(_ word: Word, count: Int) {
        unsafe assert(next + MemoryLayout<Word>.size <= limit, "more than room was made for")
        unsafe next.storeBytes(of: word, as: Word.self)
        unsafe next += count
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) { store(byte, count: 1) }

    /// Puts the lowest `count` bytes of `word`, lowest first: 8 at most.
    @inline(__always)
    mutating func put(_ word: UInt64, count: Int) { store(word.littleEndian, count: count) }

    /// Puts the lowest `count` bytes of `word`, lowest first: 4 at most.
    @inline(__always)
    mutating func put(_ word: UInt32, count: Int) { store(word.littleEndian, count: count) }

    /// Puts a text of ours, most of which are short, without a call. That of a literal is stored word by word.
    @inline(__always)
    mutating func put(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        let source = unsafe UnsafeRawPointer(text.utf8Start)
        unsafe assert(next + length <= limit, "more than room was made for")
        if length > 32 {
            unsafe next.copyMemory(from: source, byteCount: length)
        } else if length >= 16 {
            unsafe copyEnds(of: source, length, as: SIMD16<UInt8>.self)
        } else if length >= 8 {
            unsafe copyEnds(of: source, length, as: UInt64.self)
        } else if length >= 4 {
            unsafe copyEnds(of: source, length, as: UInt32.self)
        } else if length >= 2 {
            unsafe copyEnds(of: source, length, as: UInt16.self)
        } else if length == 1 {
            unsafe next.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
        }
        unsafe next += length
    }

    /// Copies `length` bytes, from one to two words of them, as its first and its last word, which may overlap.
    @inline(__always)
    private func copyEnds<Word: BitwiseCopyable>(of source: UnsafeRawPointer, _ length: Int, as type: Word.Type) {
        let last = length &- MemoryLayout<Word>.size
        let (head, tail) = unsafe (source.loadUnaligned(as: type), source.loadUnaligned(fromByteOffset: last, as: type))
        unsafe next.storeBytes(of: head, as: type)
        unsafe next.storeBytes(of: tail, toByteOffset: last, as: type)
    }

    @inline(__always)
    mutating func putSpaces(_ length: Int) {
        let spaces = SIMD16<UInt8>(repeating: 0x20)
        var left = length
        while left > 16 {
            store(spaces, count: 16)
            left &-= 16
        }
        store(spaces, count: max(0, left))
    }
}

// MARK: - Numbers

extension UncheckedWriter {
    /// The character `0`, eight times.
    @inline(__always)
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

    /// Puts `value`, less than 100,000,000, without leading zeros.
    @inline(__always)
    private mutating func putShort(_ value: UInt32) {
        let digits = Self.decimalDigits(value)
        // Of 0, too, the last digit is shown.
        let leading = (digits | 1 << 56).trailingZeroBitCount & ~7
        put((digits | Self.zeros) >> UInt64(truncatingIfNeeded: leading), count: 8 &- leading / 8)
    }

    /// Puts `value` in decimal: 10 digits at most.
    @inline(__always)
    mutating func decimal(_ value: UInt32) {
        if value < 100_000_000 { return putShort(value) }
        let high = value / 100_000_000
        let low = value &- high &* 100_000_000
        // One or two digits.
        let tens = (high &* 103) >> 10
        let text = tens | (high &- tens &* 10) << 8 | 0x3030
        let isSingle: UInt32 = tens == 0 ? 1 : 0
        put(text >> (isSingle &* 8), count: Int(2 &- isSingle))
        put(Self.decimalDigits(low) | Self.zeros, count: 8)
    }

    /// Puts `value` in decimal: 20 digits at most.
    @inline(__always)
    mutating func decimal(_ value: UInt64) {
        if value < 10 {
            put(UInt8(truncatingIfNeeded: value) &+ 0x30)
        } else if value < 100_000_000 {
            putShort(UInt32(truncatingIfNeeded: value))
        } else {
            putLong(value)
        }
    }

    @inline(never)
    private mutating func putLong(_ value: UInt64) {
        if value < 10_000_000_000_000_000 {
            let high = value / 100_000_000
            putShort(UInt32(truncatingIfNeeded: high))
            putDigits(value &- high &* 100_000_000, 8)
        } else {
            putDigits(value, value.decimalDigitCount)
        }
    }

    /// Puts `value` in `digits` decimal digits, zero-padded; it must not have more.
    @inline(__always)
    mutating func putDigits(_ value: UInt64, _ digits: Int) {
        if digits > 8 { return putManyDigits(value, digits) }
        let word = Self.decimalDigits(UInt32(truncatingIfNeeded: value)) | Self.zeros
        put(word >> UInt64(truncatingIfNeeded: 64 &- digits &* 8), count: digits)
    }

    @inline(never)
    private mutating func putManyDigits(_ value: UInt64, _ digits: Int) {
        if digits > 16 { putDigits(value / 10_000_000_000_000_000, digits &- 16) }
        putDigits(value / 100_000_000 % 100_000_000, min(digits &- 8, 8))
        putDigits(value % 100_000_000, 8)
    }

    /// The characters of the eight hexadecimal digits that the bytes of `value` have, lowest byte first, and those
    /// digits themselves: the first in the lowest byte.
    @inline(__always)
    static func hexDigits(_ value: UInt32) -> (characters: UInt64, digits: UInt64) {
        var bytes = UInt64(value)
        bytes = (bytes | bytes << 16) & 0x0000_ffff_0000_ffff
        bytes = (bytes | bytes << 8) & 0x00ff_00ff_00ff_00ff
        let digits = bytes >> 4 & 0x000f_000f_000f_000f | (bytes & 0x000f_000f_000f_000f) << 8
        let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (digits &+ zeros &+ letters &* 39, digits)
    }

    /// Puts the lowest `count` hexadecimal digits of `value`, 8 at most.
    @inline(__always)
    mutating func hex(_ value: UInt32, digits count: Int) {
        let word = Self.hexDigits(value.byteSwapped).characters
        put(word >> UInt64(truncatingIfNeeded: 64 &- count &* 8), count: count)
    }
}

extension UInt64 {
    var decimalDigitCount: Int {
        var digits = 1
        var rest = self
        while rest >= 10_000 {
            rest /= 10_000
            digits &+= 4
        }
        if rest >= 1000 { return digits &+ 3 }
        if rest >= 100 { return digits &+ 2 }
        return rest >= 10 ? digits &+ 1 : digits
    }
}

// MARK: - Addresses

extension UncheckedWriter {
    /// Puts 15 characters at most.
    @inline(__always)
    mutating func address(_ address: IPv4Address) {
        let value = address.rawValue
        putOctet(value >> 24)
        putOctet(value >> 16 & 0xff)
        putOctet(value >> 8 & 0xff)
        putOctet(value & 0xff)
        // The last of the dots.
        unsafe next -= 1
    }

    /// Puts an octet and a dot.
    @inline(__always)
    private mutating func putOctet(_ octet: UInt32) {
        let source = unsafe UnsafeRawPointer(Self.octets.utf8Start)
        let text = unsafe source.loadUnaligned(fromByteOffset: Int(octet & 0xff) &* 4, as: UInt32.self)
        store(text, count: 2 &+ (octet > 9 ? 1 : 0) &+ (octet > 99 ? 1 : 0))
    }

    /// Puts 45 characters at most: RFC 5952, with the last 32 bits as IPv4 where inet_ntop(3) does: ::ffff:a.b.c.d and
    /// ::a.b.c.d.
    mutating func address(_ address: IPv6Address) {
        let (high, low) = (address.high, address.low)
        let zeros = address.zeroRun
        // Two groups a word.
        let words = (
            Self.hexDigits(UInt32(truncatingIfNeeded: high >> 32).byteSwapped),
            Self.hexDigits(UInt32(truncatingIfNeeded: high).byteSwapped),
            Self.hexDigits(UInt32(truncatingIfNeeded: low >> 32).byteSwapped),
            Self.hexDigits(UInt32(truncatingIfNeeded: low).byteSwapped)
        )
        if zeros.isEmpty {
            putGroups(words.0)
            putGroups(words.1)
            putGroups(words.2)
            putGroups(words.3)
            // The last of the colons.
            unsafe next -= 1
            return
        }
        let embedsIPv4 =
            zeros.lowerBound == 0 && (zeros.upperBound == 6 || zeros.upperBound == 5 && low >> 32 == 0xffff)
        var index = 0
        while index < 8 {
            if index == zeros.lowerBound {
                if index == 0 { put(0x3a) }
                put(0x3a)
                index = zeros.upperBound
                if index == 8 { return }
            }
            if embedsIPv4 && index == 6 {
                return self.address(IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)))
            }
            let word = index < 4 ? (index < 2 ? words.0 : words.1) : (index < 6 ? words.2 : words.3)
            let shift = UInt64(truncatingIfNeeded: index & 1) &* 32
            putGroup(word.characters >> shift, word.digits >> shift)
            index &+= 1
        }
        unsafe next -= 1
    }

    @inline(__always)
    private mutating func putGroups(_ word: (characters: UInt64, digits: UInt64)) {
        putGroup(word.characters, word.digits)
        putGroup(word.characters >> 32, word.digits >> 32)
    }

    /// Puts a group and a colon.
    ///
    /// - Parameters:
    ///   - characters: its four, in the lowest bytes.
    ///   - digits: what they stand for. Leading zeros are left out.
    @inline(__always)
    private mutating func putGroup(_ characters: UInt64, _ digits: UInt64) {
        let leading = (digits & 0xffff_ffff | 1 << 24).trailingZeroBitCount & ~7
        let text = characters & 0xffff_ffff | 0x3a << 32
        put(text >> UInt64(truncatingIfNeeded: leading), count: 5 &- leading / 8)
    }

    /// Puts 17 characters.
    @inline(__always)
    mutating func address(_ address: MACAddress) {
        let value = address.value
        let first = Self.hexDigits(UInt32(truncatingIfNeeded: value >> 16).byteSwapped).characters
        let last = Self.hexDigits(UInt32(truncatingIfNeeded: value << 16).byteSwapped).characters
        putPair(first)
        putPair(first >> 16)
        putPair(first >> 32)
        putPair(first >> 48)
        putPair(last)
        put(UInt32(truncatingIfNeeded: last >> 16), count: 2)
    }

    /// Puts two characters and a colon.
    @inline(__always)
    private mutating func putPair(_ characters: UInt64) {
        put(UInt32(truncatingIfNeeded: characters & 0xffff) | 0x3a << 16, count: 3)
    }

    /// Every octet in decimal, four characters each: a dot and more dots follow it.
    private static var octets: StaticString {
        """
        0...1...2...3...4...5...6...7...8...9...10..11..12..13..14..15..16..17..18..19..20..21..22..23..\
        24..25..26..27..28..29..30..31..32..33..34..35..36..37..38..39..40..41..42..43..44..45..46..47..\
        48..49..50..51..52..53..54..55..56..57..58..59..60..61..62..63..64..65..66..67..68..69..70..71..\
        72..73..74..75..76..77..78..79..80..81..82..83..84..85..86..87..88..89..90..91..92..93..94..95..\
        96..97..98..99..100.101.102.103.104.105.106.107.108.109.110.111.112.113.114.115.116.117.118.119.\
        120.121.122.123.124.125.126.127.128.129.130.131.132.133.134.135.136.137.138.139.140.141.142.143.\
        144.145.146.147.148.149.150.151.152.153.154.155.156.157.158.159.160.161.162.163.164.165.166.167.\
        168.169.170.171.172.173.174.175.176.177.178.179.180.181.182.183.184.185.186.187.188.189.190.191.\
        192.193.194.195.196.197.198.199.200.201.202.203.204.205.206.207.208.209.210.211.212.213.214.215.\
        216.217.218.219.220.221.222.223.224.225.226.227.228.229.230.231.232.233.234.235.236.237.238.239.\
        240.241.242.243.244.245.246.247.248.249.250.251.252.253.254.255.
        """
    }
}
