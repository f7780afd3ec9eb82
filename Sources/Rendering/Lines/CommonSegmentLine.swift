// The part of a line that nearly every packet has: addresses, ports and the transport's header, at one go.

import PacketDecoding

extension ByteBuffer {
    /// Writes the time of day, the IP layer `index` and the TCP or UDP layer after it, if nothing about them is out of
    /// the ordinary: the same bytes as ``SummaryLine`` writes of each.
    ///
    /// - Returns: false, with nothing written, where a header is cut or contradicts the layers around it.
    @inline(__always)
    mutating func plainSegment(
        _ packet: Packet, at index: Int, context: SummaryContext, after time: Timestamp, _ utcOffset: Int,
        _ format: inout TimeFormat
    ) -> Bool {
        let layers = packet.layers
        let kind = layers[index].kind
        guard kind == .ipv4 || kind == .ipv6, !context.isBrief, CommonSegmentLine.isPlain(packet, at: index)
        else { return false }
        let segment = CommonSegmentLine(packet, at: index)
        var tail = unsafe tail(for: TimeFormat.clockBound + CommonSegmentLine.bound)
        format.putClock(time, utcOffset: utcOffset, at: &tail)
        guard segment.put(at: &tail, context) else { return false }
        unsafe take(tail)
        return true
    }
}

/// An IP and a transport header, both captured whole and within what carries them.
private struct CommonSegmentLine: ~Escapable {
    /// The most it takes: `IP6`, two addresses of 45 characters with their ports, and what TCP says without options and
    /// with the most that 40 bytes of options can say, which is four characters a byte.
    static let bound = 4 + 2 * (45 + 1 + 5 + 3) + 144 + 4 * 40 + 8

    private let bytes: RawSpan
    /// Where the headers begin and the transport's ends, by their offsets in ``bytes``.
    private let network, transport, payload: Int
    /// Of the payload on the wire.
    private let length: UInt32
    private let isIPv4, isTCP: Bool

    /// Whether there is nothing to say but addresses, ports and the transport's header.
    @inline(__always)
    static func isPlain(_ packet: Packet, at index: Int) -> Bool {
        let layers = packet.layers
        let network = layers[index]
        let transport = layers[index &+ 1]
        let bytes = packet.frame.bytes
        let enclosingEnd = index > 0 ? layers[index &- 1].end : packet.frame.wireLength
        guard network.traits.isEmpty, transport.traits.isEmpty, network.end <= enclosingEnd,
            transport.offset &- network.offset >= (network.kind == .ipv4 ? 20 : 40),
            transport.payloadOffset <= bytes.byteCount, transport.payloadOffset <= network.end
        else { return false }
        switch transport.kind {
        case .tcp:
            return transport.headerLength >= TCPHeader.size && transport.payloadOffset <= transport.end
                && Int(bytes.byte(at: transport.offset &+ 12) >> 4) &* 4 == transport.headerLength
        case .udp:
            return transport.headerLength == UDPHeader.size && transport.end <= network.end
                && bytes.uint16(at: transport.offset &+ 4) >= UDPHeader.size && !packet.isTunnel(after: index &+ 1)
        default: return false
        }
    }

    /// - Parameter packet: one that ``isPlain(_:at:)``.
    @inline(__always)
    @_lifetime(copy packet)
    init(_ packet: Packet, at index: Int) {
        let layers = packet.layers
        bytes = packet.frame.bytes
        network = layers[index].offset
        transport = layers[index &+ 1].offset
        payload = layers[index &+ 1].payloadOffset
        length = UInt32(truncatingIfNeeded: layers[index &+ 1].statedPayloadLength)
        isIPv4 = layers[index].kind == .ipv4
        isTCP = layers[index &+ 1].kind == .tcp
    }

    /// - Returns: false where the options are not plain.
    @inline(__always)
    func put(at tail: inout UncheckedWriter, _ context: SummaryContext) -> Bool {
        let ports = bytes.uint32(at: transport)
        if isIPv4 {
            tail.put("IP ")
            tail.address(IPv4Address(rawValue: bytes.uint32(at: network &+ 12)))
            putPort(ports >> 16, at: &tail)
            tail.put(" > ")
            tail.address(IPv4Address(rawValue: bytes.uint32(at: network &+ 16)))
        } else {
            tail.put("IP6 ")
            tail.address(address(at: network &+ 8))
            putPort(ports >> 16, at: &tail)
            tail.put(" > ")
            tail.address(address(at: network &+ 24))
        }
        putPort(ports & 0xffff, at: &tail)
        tail.put(": ")
        if isTCP { return putTCP(at: &tail, context) }
        tail.put("UDP, length ")
        tail.decimal(length)
        return true
    }

    @inline(__always)
    private func address(at offset: Int) -> IPv6Address {
        IPv6Address(high: bytes.uint64(at: offset), low: bytes.uint64(at: offset &+ 8))
    }

    @inline(__always)
    private func putPort(_ port: UInt32, at tail: inout UncheckedWriter) {
        tail.put(0x2e)
        tail.decimal(port)
    }

    @inline(__always)
    private func putTCP(at tail: inout UncheckedWriter, _ context: SummaryContext) -> Bool {
        let start = transport
        let flags = TCPFlags(rawValue: bytes.uint16(at: start &+ 12) & 0x1ff)
        tail.put("Flags [")
        tail.flags(flags)
        if length > 0 || !flags.isDisjoint(with: [.syn, .fin, .rst]) {
            tail.put("], seq ")
            let first = bytes.uint32(at: start &+ 4) &- context.sequenceBase
            tail.decimal(first)
            if length > 0 {
                tail.put(0x3a)
                tail.decimal(first &+ length)
            }
        } else {
            tail.put(0x5d)
        }
        if flags.contains(.ack) {
            tail.put(", ack ")
            tail.decimal(bytes.uint32(at: start &+ 8) &- context.acknowledgmentBase)
        }
        tail.put(", win ")
        tail.decimal(UInt32(bytes.uint16(at: start &+ 14)))
        if flags.contains(.urg) {
            tail.put(", urg ")
            tail.decimal(UInt32(bytes.uint16(at: start &+ 18)))
        }
        if payload &- start > TCPHeader.size {
            let area = bytes.clipped(from: start &+ TCPHeader.size, to: payload)
            tail.put(", options [")
            guard tail.options(area, acknowledgmentBase: context.acknowledgmentBase) else { return false }
            tail.put("], length ")
        } else {
            tail.put(", length ")
        }
        tail.decimal(length)
        return true
    }
}

extension UncheckedWriter {
    /// Puts the letters of `flags`, nine at most.
    @inline(__always)
    fileprivate mutating func flags(_ flags: TCPFlags) {
        if flags == .ack { return put(0x2e) }
        if flags == [.psh, .ack] { return put("P.") }
        if flags.isEmpty { return put("none") }
        // In the order of their bits.
        putLetters("FSRP.UEWe", flags.rawValue)
    }

    @inline(never)
    private mutating func putLetters(_ letters: StaticString, _ bits: UInt16) {
        for index in 0..<9 where bits & 1 << UInt16(truncatingIfNeeded: index) != 0 {
            unsafe put(letters.utf8Start[index])
        }
    }

    /// Puts the options of `area` that nearly every connection uses, four characters a byte at most.
    ///
    /// - Returns: false where there is another one, or one whose length does not suit its kind.
    @inline(__always)
    fileprivate mutating func options(_ area: RawSpan, acknowledgmentBase: UInt32) -> Bool {
        // What nearly every segment of a connection carries: two bytes of padding and the time stamps (RFC 7323
        // appendix A).
        if area.byteCount == 12, area.uint32(at: 0) == 0x0101_080a {
            put("nop,nop,TS val ")
            decimal(area.uint32(at: 4))
            put(" ecr ")
            decimal(area.uint32(at: 8))
            return true
        }
        return optionList(area, acknowledgmentBase: acknowledgmentBase)
    }

    @inline(never)
    private mutating func optionList(_ area: RawSpan, acknowledgmentBase: UInt32) -> Bool {
        var offset = 0
        while let option = TCPOption(in: area, at: offset) {
            if offset > 0 { put(0x2c) }
            switch (option.kind, option.length) {
            case (0, _):
                put("eol")
                return true
            case (1, _): put("nop")
            case (2, 4):
                put("mss ")
                decimal(UInt32(area.uint16(at: offset &+ 2)))
            case (3, 3):
                put("wscale ")
                decimal(UInt32(area.byte(at: offset &+ 2)))
            case (4, 2): put("sackOK")
            case (5, let length) where length & 7 == 2:
                put("sack ")
                decimal(UInt32(truncatingIfNeeded: length) / 8)
                put(0x20)
                for start in stride(from: offset &+ 2, to: offset &+ length, by: 8) {
                    put(0x7b)
                    decimal(area.uint32(at: start) &- acknowledgmentBase)
                    put(0x3a)
                    decimal(area.uint32(at: start &+ 4) &- acknowledgmentBase)
                    put(0x7d)
                }
            case (8, 10):
                put("TS val ")
                decimal(area.uint32(at: offset &+ 2))
                put(" ecr ")
                decimal(area.uint32(at: offset &+ 6))
            default: return false
            }
            offset &+= option.length
        }
        return offset == area.byteCount
    }
}
