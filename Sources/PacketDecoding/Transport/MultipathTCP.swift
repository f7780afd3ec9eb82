// Multipath TCP, the option of kind 30: RFC 6824 (version 0), RFC 8684 (version 1).
//
//    0        7 8       15 16   19 20
//   +----------+----------+-------+------------
//   |  kind 30 |  length  |subtype| flags, data
//   +----------+----------+-------+------------

/// The words of the multipath TCP option.
@usableFromInline
enum MultipathTCP {
    /// RFC 8684 section 8.2.
    @inlinable
    static func name(ofSubtype subtype: UInt8) -> StaticString? {
        switch subtype {
        case 0: "capable"
        case 1: "join"
        case 2: "dss"
        case 3: "add-addr"
        case 4: "rem-addr"
        case 5: "prio"
        case 6: "fail"
        case 7: "fast-close"
        case 8: "reset"
        default: nil
        }
    }

    /// Whether an option lacks the octet after its subtype, which only a change of priority can do without
    /// (RFC 8684 section 3.3.8).
    ///
    /// - Parameter data: the option without its kind and length octets.
    @inlinable
    static func isTooShort(_ data: RawSpan) -> Bool {
        data.byteCount == 0 || (data.byteCount == 1 && data.byte(at: 0) >> 4 != 5)
    }

    /// What follows `mptcp`: the option's length, its subtype and fields.
    ///
    /// - Parameter data: the option without its kind and length octets.
    /// - Returns: false where the length does not suit the subtype.
    @inlinable
    static func say(_ data: RawSpan, flags: TCPFlags, to sink: inout some TextSink & ~Copyable) -> Bool {
        guard data.byteCount >= 1 else { return false }
        let subtype = data.byte(at: 0) >> 4
        sink.spaced(data.byteCount &+ 2)
        sink.write(byte: UInt8(ascii: " "))
        sink.write(subtype < 8 ? name(ofSubtype: subtype) ?? "unknown" : "unknown")
        switch subtype {
        case 0: return sayCapable(data, flags, to: &sink)
        case 1: return sayJoin(data, flags, to: &sink)
        case 2: return saySequenceSignal(data, flags, to: &sink)
        case 3: return sayAddAddress(data, to: &sink)
        case 4:
            guard data.byteCount >= 2 else { return false }
            sink.write(" id")
            for index in 1..<data.byteCount { sink.spaced(data.byte(at: index)) }
        case 5:
            guard data.byteCount <= 2 else { return false }
            sink.write(data.byte(at: 0) & 1 == 1 ? " backup" : " non-backup")
            if data.byteCount == 2 { sayIdentifier(data, to: &sink) }
        case 6:
            guard data.byteCount == 10 else { return false }
            sink.write(" seq")
            sink.spaced(data.uint64(at: 2))
        case 7:
            guard data.byteCount == 10 else { return false }
            sink.write(" key ")
            sink.hexNumber(data.uint64(at: 2))
        default: break
        }
        return true
    }

    /// Keys (RFC 8684 section 3.1); version 1 sends none in the SYN.
    @inlinable
    static func sayCapable(_ data: RawSpan, _ flags: TCPFlags, to sink: inout some TextSink & ~Copyable) -> Bool {
        let fits =
            switch data.byteCount {
            case 2, 10: flags.contains(.syn)
            case 18, 20: flags.contains(.ack) && !flags.contains(.syn)
            default: false
            }
        guard fits else { return false }
        let version = data.byte(at: 0) & 0x0f
        guard version <= 1 else {
            sink.write(" Unknown Version (")
            sink.decimal(version)
            sink.write(")")
            return true
        }
        sink.write(" v")
        sink.decimal(version)
        if data.byte(at: 1) & 0x80 != 0 { sink.write(" csum") }
        guard data.byteCount >= 10 else { return true }
        sink.write(" {")
        sink.hexNumber(data.uint64(at: 2))
        if data.byteCount >= 18 {
            sink.write(",")
            sink.hexNumber(data.uint64(at: 10))
        }
        sink.write("}")
        return true
    }

    /// A further subflow (RFC 8684 section 3.2).
    @inlinable
    static func sayJoin(_ data: RawSpan, _ flags: TCPFlags, to sink: inout some TextSink & ~Copyable) -> Bool {
        switch data.byteCount {
        case 10 where flags.contains(.syn):
            sayBackupAndIdentifier(data, to: &sink)
            sink.write(" token ")
            sink.hexNumber(data.uint32(at: 2))
            sink.write(" nonce ")
            sink.hexNumber(data.uint32(at: 6))
        case 14 where flags.isSuperset(of: [.syn, .ack]):
            sayBackupAndIdentifier(data, to: &sink)
            sink.write(" hmac ")
            sink.hexNumber(data.uint64(at: 2))
            sink.write(" nonce ")
            sink.hexNumber(data.uint32(at: 10))
        case 22 where flags.contains(.ack):
            sink.write(" hmac 0x")
            sink.hexBytes(data.clipped(from: 2, to: 22))
        default: return false
        }
        return true
    }

    /// Data sequence signal: what the bytes of this subflow are in the whole (RFC 8684 section 3.3).
    @inlinable
    static func saySequenceSignal(
        _ data: RawSpan, _ flags: TCPFlags, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        guard data.byteCount >= 2, !flags.contains(.syn) else { return false }
        let signal = data.byte(at: 1)
        var offset = 2
        if signal & 0x10 != 0 { sink.write(" fin") }
        if signal & 0x01 != 0 {
            sink.write(" ack ")
            guard sayNumber(data, &offset, isLong: signal & 0x02 != 0, to: &sink) else { return false }
        }
        if signal & 0x04 != 0 {
            sink.write(" seq ")
            guard sayNumber(data, &offset, isLong: signal & 0x08 != 0, to: &sink) else { return false }
            guard data.byteCount >= offset &+ 4 else { return false }
            sink.write(" subseq")
            sink.spaced(data.uint32(at: offset))
            guard data.byteCount >= offset &+ 6 else { return false }
            sink.write(" len")
            sink.spaced(data.uint16(at: offset &+ 4))
            offset &+= 6
            if data.byteCount >= offset &+ 2 {
                sink.write(" csum ")
                sink.hexNumber(data.uint16(at: offset))
                offset &+= 2
            }
        }
        return offset == data.byteCount
    }

    /// A data sequence number of eight or four bytes.
    @inlinable
    static func sayNumber(
        _ data: RawSpan, _ offset: inout Int, isLong: Bool, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        let length = isLong ? 8 : 4
        guard data.byteCount >= offset &+ length else { return false }
        sink.decimal(isLong ? data.uint64(at: offset) : UInt64(data.uint32(at: offset)))
        offset &+= length
        return true
    }

    /// Another address of the sender, which the length tells the version of (RFC 8684 section 3.4.1). Version 0 gives
    /// the IP version where version 1 has the echo flag.
    @inlinable
    static func sayAddAddress(_ data: RawSpan, to sink: inout some TextSink & ~Copyable) -> Bool {
        let name: StaticString
        switch data.byte(at: 0) & 0x0f {
        case 0: name = " v1"
        case 1: name = " v1-echo"
        case 4: name = " v0-ip4"
        case 6: name = " v0-ip6"
        default: return false
        }
        let (isIPv4, hasPort, hasCode): (Bool, Bool, Bool)
        switch data.byteCount {
        case 6: (isIPv4, hasPort, hasCode) = (true, false, false)
        case 8: (isIPv4, hasPort, hasCode) = (true, true, false)
        case 14: (isIPv4, hasPort, hasCode) = (true, false, true)
        case 16: (isIPv4, hasPort, hasCode) = (true, true, true)
        case 18: (isIPv4, hasPort, hasCode) = (false, false, false)
        case 20: (isIPv4, hasPort, hasCode) = (false, true, false)
        case 26: (isIPv4, hasPort, hasCode) = (false, false, true)
        case 28: (isIPv4, hasPort, hasCode) = (false, true, true)
        default: return false
        }
        sink.write(name)
        sayIdentifier(data, to: &sink)
        sink.write(byte: UInt8(ascii: " "))
        var offset = 2
        if isIPv4 {
            sink.address(IPv4Address(rawValue: data.uint32(at: offset)))
            offset &+= 4
        } else {
            sink.address(IPv6Address(data, at: offset))
            offset &+= 16
        }
        if hasPort {
            sink.write(":")
            sink.decimal(data.uint16(at: offset))
            offset &+= 2
        }
        if hasCode {
            sink.write(" hmac ")
            sink.hexNumber(data.uint64(at: offset))
        }
        return true
    }

    @inlinable
    static func sayBackupAndIdentifier(_ data: RawSpan, to sink: inout some TextSink & ~Copyable) {
        if data.byte(at: 0) & 1 == 1 { sink.write(" backup") }
        sayIdentifier(data, to: &sink)
    }

    @inlinable
    static func sayIdentifier(_ data: RawSpan, to sink: inout some TextSink & ~Copyable) {
        sink.write(" id")
        sink.spaced(data.byte(at: 1))
    }
}
