// TCP options in tcpdump's words.

extension TCPOption {
    /// `, options [mss 1460,nop,…]`; false where the list is malformed or cut, which it then ends with.
    ///
    /// - Parameters:
    ///   - area: the option area, as captured.
    ///   - length: of the area on the wire, in bytes.
    @inlinable
    static func say(
        _ area: RawSpan, length: Int, flags: TCPFlags, acknowledgmentBase: UInt32,
        to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        sink.write(", options [")
        // What nearly every segment of a connection carries: two bytes of padding and the time stamps (RFC 7323
        // appendix A).
        if length == 12, area.byteCount == 12, area.uint32(at: 0) == 0x0101_080a {
            sink.write("nop,nop,TS val ")
            sink.decimal(area.uint32(at: 4))
            sink.write(" ecr ")
            sink.decimal(area.uint32(at: 8))
            sink.write("]")
            return true
        }
        var offset = 0
        while offset < length {
            if offset > 0 { sink.write(",") }
            guard let option = TCPOption(in: area, at: offset) else {
                if area.byteCount < length {
                    sink.write(" [|tcp]")
                } else {
                    sink.write(offset > 0 ? "[bad opt]]" : "[bad opt]")
                }
                return false
            }
            option.sayName(to: &sink)
            let data = area.clipped(from: offset &+ 2, to: offset &+ option.length)
            guard option.say(data, flags: flags, acknowledgmentBase: acknowledgmentBase, to: &sink) else {
                sink.write(offset > 0 ? "[bad opt]]" : "[bad opt]")
                return false
            }
            offset &+= option.length
            if option.kind == 0 { break }
        }
        sink.write("]")
        return true
    }

    @inlinable
    func sayName(to sink: inout some TextSink & ~Copyable) {
        switch kind {
        case 0: sink.write("eol")
        case 1: sink.write("nop")
        case 2: sink.write("mss")
        case 3: sink.write("wscale")
        case 4: sink.write("sackOK")
        case 5: sink.write("sack")
        case 6: sink.write("echo")
        case 7: sink.write("echoreply")
        case 8: sink.write("TS")
        case 11: sink.write("cc")
        case 12: sink.write("ccnew")
        case 19: sink.write("md5")
        case 20: sink.write("scps")
        case 28: sink.write("uto")
        case 29: sink.write("tcp-ao")
        case 30: sink.write("mptcp")
        case 34: sink.write("tfo ")
        case 254: sink.write("exp")
        default:
            sink.write("unknown-")
            sink.decimal(kind)
        }
    }

    /// What follows the name. An option whose length does not suit its kind says its length and nothing else.
    ///
    /// - Returns: false for one that says nothing at all and ends the list.
    @inlinable
    func say(
        _ data: RawSpan, flags: TCPFlags, acknowledgmentBase: UInt32, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        let count = data.byteCount
        switch (kind, count) {
        case (0, _), (1, _), (4, 0): break
        case (2, 2): sink.spaced(data.uint16(at: 0))
        case (3, 1): sink.spaced(data.byte(at: 0))
        case (5, _): saySelectiveAcknowledgment(data, base: acknowledgmentBase, to: &sink)
        case (6, 4), (7, 4), (11, 4), (12, 4): sink.spaced(data.uint32(at: 0))
        case (8, 8):
            sink.write(" val")
            sink.spaced(data.uint32(at: 0))
            sink.write(" ecr")
            sink.spaced(data.uint32(at: 4))
        case (19, 16):
            sink.write(" shared secret not supplied with -M, can't check - ")
            sink.hexBytes(data)
        case (20, 2):
            sink.write(" cap ")
            sink.hex(UInt64(data.byte(at: 0)), digits: 2)
            sink.write(" id")
            sink.spaced(data.byte(at: 1))
        case (28, 2):
            let timeout = data.uint16(at: 0)
            sink.write(byte: UInt8(ascii: " "))
            sink.hexNumber(timeout)
            // The granularity bit: minutes (RFC 5482 section 3.1).
            sink.spaced(timeout & 1 == 1 ? UInt32(timeout >> 1) &* 60 : UInt32(timeout >> 1))
        case (29, 2...):
            sink.write(" keyid")
            sink.spaced(data.byte(at: 0))
            sink.write(" rnextkeyid")
            sink.spaced(data.byte(at: 1))
            if count > 2 {
                sink.write(" mac 0x")
                sink.hexBytes(data.clipped(from: 2, to: count))
            }
        case (29, _): sink.write(" (invalid)")
        case (30, _): return MultipathTCP.say(data, flags: flags, to: &sink)
        case (34, _): sayFastOpen(data, to: &sink)
        case (254, 2...):
            sink.write("-")
            let experiment = data.uint16(at: 0)
            if experiment == Self.fastOpenExperiment {
                sink.write("tfo")
                sayFastOpen(data.clipped(from: 2, to: count), to: &sink)
            } else {
                sink.hex(UInt64(experiment), digits: 4)
            }
        case (254, _): return false
        case (2...8, _), (11, _), (12, _), (19, _), (20, _), (28, _):
            sink.write("[len ")
            sink.decimal(length)
            sink.write("]")
        case (_, 1...):
            sink.write(" 0x")
            sink.hexBytes(data)
        default: break
        }
        return true
    }

    /// Blocks that arrived out of order (RFC 2018 section 3).
    @inlinable
    func saySelectiveAcknowledgment(_ data: RawSpan, base: UInt32, to sink: inout some TextSink & ~Copyable) {
        guard data.byteCount % 8 == 0 else { return sink.write(" invalid sack") }
        sink.spaced(data.byteCount / 8)
        sink.write(byte: UInt8(ascii: " "))
        for start in stride(from: 0, to: data.byteCount, by: 8) {
            sink.write("{")
            sink.decimal(data.uint32(at: start) &- base)
            sink.write(":")
            sink.decimal(data.uint32(at: start &+ 4) &- base)
            sink.write("}")
        }
    }

    /// A cookie of 4 to 16 bytes, or none to ask for one (RFC 7413 section 4.1.1).
    @inlinable
    func sayFastOpen(_ cookie: RawSpan, to sink: inout some TextSink & ~Copyable) {
        switch cookie.byteCount {
        case 0: sink.write(" cookiereq")
        case 4...16 where cookie.byteCount % 2 == 0:
            sink.write(" cookie ")
            sink.hexBytes(cookie)
        default: sink.write(" (invalid)")
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// A space and a number.
    @inlinable
    mutating func spaced(_ value: some BinaryInteger) {
        write(byte: UInt8(ascii: " "))
        decimal(value)
    }
}
