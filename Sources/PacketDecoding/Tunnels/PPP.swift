// Point-to-point protocol: RFC 1661 section 2. In HDLC framing: RFC 1662 section 3. The address and control fields and
// the first octet of the protocol field may be compressed away (RFC 1661 sections 6.5, 6.6).
//
//    0        7 8       15 16           31
//   +----------+----------+---------------+
//   | address  | control  |   protocol    |
//   |  ff, or  |  03, or  |  1 or 2 bytes |
//   |  absent  |  absent  |               |
//   +----------+----------+---------------+

/// A protocol number of PPP (IANA, Point-to-Point Protocol Numbers).
@frozen public struct PPPProtocol: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The name that tcpdump prints.
    @inlinable public var name: StaticString? {
        switch rawValue {
        case 0x0021: "IP"
        case 0x0029: "Appletalk"
        case 0x002b: "IPX"
        case 0x002d: "VJC"
        case 0x002f: "VJNC"
        case 0x0031: "BCP"
        case 0x003d: "ML"
        case 0x0057: "IP6"
        case 0x00fd: "COMP"
        case 0x0281: "MPLS"
        case 0x0283: "MPLS multicast"
        case 0x8021: "IPCP"
        case 0x8031: "BACP"
        case 0x8057: "IP6CP"
        case 0x80fd: "CCP"
        case 0x8281: "MPLSCP"
        case 0xc021: "LCP"
        case 0xc023: "PAP"
        case 0xc025: "LQR"
        case 0xc223: "CHAP"
        case 0xc227: "EAP"
        default: nil
        }
    }

    /// Whether packets begin with code, identifier and length, and which codes they use (RFC 1661 section 5).
    @inlinable var isConfiguration: Bool {
        switch rawValue {
        case 0x8021, 0x8031, 0x8057, 0x80fd, 0x8281, 0xc021: true
        default: false
        }
    }
}

/// The header of a PPP frame: one to four bytes, so it is read field by field.
@frozen public struct PPPHeader: BitwiseCopyable, Hashable, Sendable {
    public let protocolNumber: PPPProtocol
    /// In bytes: 1 to 4.
    public let length: Int

    /// - Parameters:
    ///   - frame: from the address or protocol field on; nil when it is too short.
    ///   - mayHaveAddress: whether address and control field may come first, which PPPoE leaves out (RFC 2516 section 4).
    @inlinable
    public init?(_ frame: RawSpan, mayHaveAddress: Bool = true) {
        guard frame.byteCount > 0 else { return nil }
        let start = mayHaveAddress && frame.byte(at: 0) == 0xff ? 2 : 0
        guard frame.byteCount > start else { return nil }
        let first = UInt16(frame.byte(at: start))
        // The last octet of a protocol number is odd, all before it are even.
        if first & 1 == 1 {
            protocolNumber = PPPProtocol(rawValue: first)
            length = start &+ 1
        } else {
            guard frame.byteCount >= start &+ 2 else { return nil }
            protocolNumber = PPPProtocol(rawValue: first << 8 | UInt16(frame.byte(at: start &+ 1)))
            length = start &+ 2
        }
    }
}

extension PPPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        // Serial links mix both framings; Cisco's addresses are no PPP.
        if start == 0, let first = cursor.peekByte(), CiscoHDLCHeader.isAddress(first) { return .ciscoHDLC }
        let bytes = cursor.bytes.clipped(from: start, to: start &+ cursor.captured)
        guard let header = PPPHeader(bytes, mayHaveAddress: decoder.carrier != .pppoe) else {
            throw cursor.shortage(of: cursor.peekByte() == 0xff ? 4 : 2, since: start, for: .ppp)
        }
        cursor.skip(header.length)
        try decoder.append(Layer(.ppp, at: start, headerLength: header.length, end: cursor.end))
        return cursor.remaining > 0 ? LayerKind(header.protocolNumber) : nil
    }

    @inlinable
    static func mayHaveAddress(at index: Int, of packet: Packet) -> Bool {
        index == 0 || packet.layers[index &- 1].kind != .pppoe
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let bytes = packet.headerBytes(at: index)
        let mayHaveAddress = mayHaveAddress(at: index, of: packet)
        guard let header = PPPHeader(bytes, mayHaveAddress: mayHaveAddress) else { return }
        if mayHaveAddress && bytes.byte(at: 0) == 0xff {
            sink.hexNumber("address", bytes.byte(at: 0), digits: 2)
            sink.hexNumber("control", bytes.byte(at: 1), digits: 2)
        }
        sink.hexNumber("protocol", header.protocolNumber.rawValue, digits: 4, meaning: header.protocolNumber.name)
    }

    /// Nothing where a decoded packet follows, which speaks for itself. Else `LCP, Conf-Request (0x01), id 0, length
    /// 12`, the length with the protocol field, or `unknown PPP protocol (0x0207)`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        let mayHaveAddress = mayHaveAddress(at: index, of: packet)
        guard let number = PPPHeader(packet.headerBytes(at: index), mayHaveAddress: mayHaveAddress)?.protocolNumber
        else { return }
        if index &+ 1 < packet.layers.count {
            guard context.showsLinkHeader && index == 0 else { return }
            sink.write("PPP ")
            return sink.name(number.name, or: number.rawValue)
        }
        guard let name = number.name else {
            sink.write("unknown PPP protocol (0x")
            sink.hex(UInt64(number.rawValue), digits: 4)
            return sink.write(")")
        }
        sink.write(name)
        sink.write(", ")
        let payload = packet.payload(at: index)
        if number.isConfiguration && payload.byteCount >= 4 {
            let code = payload.byte(at: 0)
            sink.write(configurationName(ofCode: code) ?? "Unknown")
            sink.write(" (0x")
            sink.hex(UInt64(code), digits: 2)
            sink.write("), id ")
            sink.decimal(payload.byte(at: 1))
            sink.write(", ")
        }
        sink.write("length ")
        sink.decimal(packet.layers[index].statedPayloadLength &+ 2)
    }

    /// tcpdump's name of a control packet's code (RFC 1661 section 5).
    @inlinable
    static func configurationName(ofCode code: UInt8) -> StaticString? {
        switch code {
        case 1: "Conf-Request"
        case 2: "Conf-Ack"
        case 3: "Conf-Nack"
        case 4: "Conf-Reject"
        case 5: "Term-Request"
        case 6: "Term-Ack"
        case 7: "Code-Reject"
        case 8: "Prot-Reject"
        case 9: "Echo-Request"
        case 10: "Echo-Reply"
        case 11: "Disc-Req"
        default: nil
        }
    }
}
