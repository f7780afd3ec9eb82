// The Internet checksum: RFC 1071, RFC 1624.

/// What verifying a checksum over the captured bytes gave.
@frozen public enum ChecksumStatus: UInt8, BitwiseCopyable, Hashable, Sendable {
    case good
    case bad
    /// Cut, a fragment, or nothing to check against.
    case unverified
    /// The sender computed none: UDP over IPv4 with checksum 0 (RFC 768), GRE without the C bit.
    case absent
    /// UDP over IPv6 with checksum 0 (RFC 8200 section 8.1).
    case illegal
    /// Left to the network card: the kernel said so, or the field holds just the pseudo-header's
    /// sum, which Linux leaves there for the card to complete.
    case offloaded

    /// The JSON schema's name.
    @inlinable public var name: StaticString {
        switch self {
        case .good: "good"
        case .bad: "bad"
        case .unverified: "unverified"
        case .absent: "not_present"
        case .illegal: "illegal"
        case .offloaded: "offloaded"
        }
    }
}

/// A running ones' complement sum of 16-bit big-endian words.
@frozen public struct InternetChecksum: BitwiseCopyable, Sendable {
    @usableFromInline var sum: UInt64 = 0

    @inlinable public init() {}

    /// Adds one word in host order.
    @inlinable
    public mutating func add(_ word: UInt16) { sum &+= UInt64(word) }

    @inlinable
    public mutating func add(_ value: UInt32) {
        sum &+= UInt64(value >> 16) &+ UInt64(value & 0xffff)
    }

    /// Adds bytes as big-endian words; an odd last byte is padded with zero. Bytes that follow in another call
    /// must not come after an odd count.
    @inlinable
    public mutating func add(_ bytes: RawSpan) {
        let count = bytes.byteCount
        var offset = 0
        // The sum is the same in either byte order, but for the order of its own bytes, and in words of any size, whose
        // carry goes round (RFC 1071 section 2 B and C): two sums of words as they lie in memory.
        var even: UInt64 = 0
        var odd: UInt64 = 0
        while count &- offset >= 32 {
            unsafe even.addAround(bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
            unsafe odd.addAround(bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 8, as: UInt64.self))
            unsafe even.addAround(bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 16, as: UInt64.self))
            unsafe odd.addAround(bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 24, as: UInt64.self))
            offset &+= 32
        }
        while count &- offset >= 8 {
            unsafe even.addAround(bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
            offset &+= 8
        }
        even.addAround(odd)
        var words = InternetChecksum()
        words.sum = even
        sum &+= UInt64(UInt16(bigEndian: words.folded))
        while count &- offset >= 2 {
            sum &+= UInt64(bytes.uint16(at: offset))
            offset &+= 2
        }
        if offset < count { sum &+= UInt64(bytes.byte(at: offset)) << 8 }
    }

    /// The sum folded to 16 bits, not complemented. Over data that includes a right checksum it is 0xffff.
    @inlinable public var folded: UInt16 {
        var value = (sum >> 32) &+ (sum & 0xffff_ffff)
        value = (value >> 32) &+ (value & 0xffff_ffff)
        value = (value >> 16) &+ (value & 0xffff)
        value = (value >> 16) &+ (value & 0xffff)
        value = (value >> 16) &+ (value & 0xffff)
        return UInt16(truncatingIfNeeded: value)
    }

    /// What a sender writes in the checksum field.
    @inlinable public var complement: UInt16 { ~folded }
}

extension UInt64 {
    /// Adds `word` and the carry.
    @inlinable @inline(__always)
    mutating func addAround(_ word: UInt64) {
        let (sum, carry) = addingReportingOverflow(word)
        self = sum &+ (carry ? 1 : 0)
    }
}

extension Packet {
    /// Verifies a transport checksum that covers the whole of layer `index` and the pseudo-header of the network
    /// layer that carries it (RFC 9293 section 3.1, RFC 8200 section 8.1).
    ///
    /// - Parameters:
    ///   - stored: the header's checksum field, in host order.
    ///   - protocolNumber: as it stands in the pseudo-header.
    ///   - length: of the datagram, in bytes.
    ///   - coverage: how many of its bytes are summed; nil for all.
    @inlinable
    public func transportChecksum(
        at index: Int, stored: UInt16, protocolNumber: UInt8, length: Int, coverage: Int? = nil
    ) -> ChecksumStatus {
        let layer = layers[index]
        let coverage = coverage ?? length
        guard holdsWhole(coverage, at: index), let network = enclosingNetwork(of: index) else { return .unverified }
        var sum = InternetChecksum()
        if let header = header(IPv4Header.self, at: network) {
            sum.add(header.source.rawValue)
            sum.add((finalDestination(ofIPv4At: network) ?? header.destination).rawValue)
        } else if let header = header(IPv6Header.self, at: network) {
            sum.add(homeAddress(ofIPv6At: network) ?? header.source)
            sum.add(finalDestination(ofIPv6At: network) ?? header.destination)
        } else {
            return .unverified
        }
        sum.add(UInt16(protocolNumber))
        sum.add(UInt32(truncatingIfNeeded: length))
        let pseudoHeader = sum.folded
        sum.add(frame.bytes.clipped(from: layer.offset, to: layer.offset &+ coverage))
        if sum.folded == 0xffff { return .good }
        // The kernel's mark is about the outermost transport only; a quoted packet was complete when it was sent.
        if frame.header.checksumIsOffloaded && !layer.traits.contains(.quoted) { return .offloaded }
        // Linux leaves the folded pseudo-header sum in the field for the card to complete (CHECKSUM_PARTIAL).
        return stored == pseudoHeader ? .offloaded : .bad
    }
}

extension Packet {
    /// The home address that a mobile node's packet gives in a destination option, which its checksums cover as the
    /// source (RFC 6275 section 6.3); nil without one.
    @inlinable
    func homeAddress(ofIPv6At index: Int) -> IPv6Address? {
        var next = index &+ 1
        while next < layers.count, layers[next].kind.isIPv6Extension {
            if layers[next].kind == .destinationOptions {
                let area = headerBytes(at: next)
                // The options follow next header and length.
                var offset = 2
                while let option = IPv6Option(in: area, at: offset) {
                    if option.type == IPv6Option.homeAddress && option.dataLength == 16 {
                        return IPv6Address(area, at: option.dataOffset)
                    }
                    offset = option.nextOffset
                }
            }
            next &+= 1
        }
        return nil
    }
}

extension InternetChecksum {
    @inlinable
    public mutating func add(_ address: IPv6Address) {
        add(UInt32(truncatingIfNeeded: address.high >> 32))
        add(UInt32(truncatingIfNeeded: address.high))
        add(UInt32(truncatingIfNeeded: address.low >> 32))
        add(UInt32(truncatingIfNeeded: address.low))
    }
}
