// One line per packet, in the shape that tcpdump(1) has given it.

public import PacketDecoding

/// What the line of a packet shows.
public struct SummaryOptions: Sendable {
    public var time = TimeFormat()
    /// The link header before the packet (`-e`).
    public var showsLinkHeader = false
    /// The packet's number at the beginning (`-#`).
    public var showsNumber = false
    /// Each line in the colour of what it tells; escape sequences take no part in what was captured.
    public var usesColor = false
    /// Names of interfaces by the kernel's index, for the frames of `-i any`, which carry only the index.
    public var interfaceNames: [UInt32: String] = [:]

    public init() {}
}

/// Writes the line of one packet after another.
public struct SummaryLine: Sendable {
    private var time: TimeFormat
    private let showsLinkHeader, showsNumber, usesColor: Bool
    /// Whether a line begins with the time of day, and that is all there is before the network layer.
    private let isUsual: Bool
    /// Names of interfaces by the kernel's index.
    public var interfaceNames: [UInt32: String]

    public init(_ options: SummaryOptions = SummaryOptions()) {
        time = options.time
        showsLinkHeader = options.showsLinkHeader
        showsNumber = options.showsNumber
        usesColor = options.usesColor
        interfaceNames = options.interfaceNames
        isUsual = options.time.style == .clock && !showsLinkHeader && !showsNumber && !usesColor
    }

    /// Says what the next packet's time counts from, where times count from an earlier packet's.
    ///
    /// - Parameter reference: nil for a first packet.
    public mutating func countTimes(from reference: Timestamp?) { time.count(from: reference) }

    /// Writes the line of `packet` and a line feed.
    ///
    /// - Parameters:
    ///   - context: sequence number bases, and whether to be brief (`-q`).
    ///   - utcOffset: seconds that local time is ahead of UTC when the packet was captured.
    public mutating func write(
        _ packet: Packet, context: SummaryContext, utcOffset: Int, to buffer: inout ByteBuffer
    ) {
        let isColored = writePacket(packet, context: context, utcOffset: utcOffset, to: &buffer)
        end(isColored, &buffer)
    }

    /// The same, and the words of what a segment completes, or is part of, behind the segment's.
    public mutating func write(
        _ packet: Packet, message: AssembledMessage, context: SummaryContext, utcOffset: Int,
        to buffer: inout ByteBuffer
    ) {
        let isColored = writePacket(packet, context: context, utcOffset: utcOffset, to: &buffer)
        var context = context
        context.showsLinkHeader = showsLinkHeader
        writeMessage(message.packet, context: context, to: &buffer)
        end(isColored, &buffer)
    }

    @inline(__always)
    private func end(_ isColored: Bool, _ buffer: inout ByteBuffer) {
        if isColored { buffer.write("\u{1b}[0m") }
        buffer.write(byte: 0x0a)
    }

    /// Writes the line but for its end.
    ///
    /// - Returns: whether it is coloured.
    @inline(__always)
    private mutating func writePacket(
        _ packet: Packet, context: SummaryContext, utcOffset: Int, to buffer: inout ByteBuffer
    ) -> Bool {
        var context = context
        context.showsLinkHeader = showsLinkHeader
        if let next = writeUsualBeginning(of: packet, context: context, utcOffset: utcOffset, to: &buffer) {
            if next < packet.layers.count { writeLayers(of: packet, from: next, context: context, to: &buffer) }
            if let fault = packet.fault, !packet.isTold(fault) { writeFault(fault, to: &buffer) }
            return false
        }
        let color = usesColor ? LineColor(packet) : nil
        if let color { buffer.write(color.sequence) }
        if showsNumber { writeNumber(of: packet, to: &buffer) }
        time.write(packet.frame.header.timestamp, utcOffset: utcOffset, to: &buffer)
        if packet.layers.count > 0, packet.layers[0].kind == .linuxSLL2 { writeInterface(of: packet, to: &buffer) }
        let next = writeLinkLayers(of: packet, context: context, to: &buffer)
        writeLayers(of: packet, from: next, context: context, to: &buffer)
        if let fault = packet.fault, !packet.isTold(fault) { writeFault(fault, to: &buffer) }
        return color != nil
    }

    /// Writes what a segment completes, whose first layer stands for the segment.
    private func writeMessage(_ message: Packet, context: SummaryContext, to buffer: inout ByteBuffer) {
        writeLayers(of: message, from: 1, context: context, to: &buffer)
        if let fault = message.fault, !message.isTold(fault) { writeFault(fault, to: &buffer) }
    }

    /// Writes time, addresses, ports and the transport's header of a packet that carries a plain segment.
    ///
    /// - Returns: the index of the first layer above the transport; nil where nothing was written.
    @inline(__always)
    private mutating func writeUsualBeginning(
        of packet: Packet, context: SummaryContext, utcOffset: Int, to buffer: inout ByteBuffer
    ) -> Int? {
        let layers = packet.layers
        guard isUsual, let time = packet.frame.header.timestamp else { return nil }
        var index = 0
        links: while index < layers.count {
            switch layers[index].kind {
            case .ethernet, .vlan, .vnTag, .linuxSLL, .null, .rawIP, .nflog: index &+= 1
            default: break links
            }
        }
        guard index &+ 1 < layers.count,
            buffer.plainSegment(packet, at: index, context: context, after: time, utcOffset, &self.time)
        else { return nil }
        return index &+ 2
    }

    private func writeNumber(of packet: Packet, to buffer: inout ByteBuffer) {
        let number = UInt64(clamping: packet.frame.header.number)
        var limit: UInt64 = 10_000
        while limit > 1 && number < limit {
            buffer.write(" ")
            limit /= 10
        }
        buffer.decimal(number)
        buffer.write("  ")
    }

    /// Where a frame of `-i any` came from: interface and direction, in tcpdump's columns.
    private func writeInterface(of packet: Packet, to buffer: inout ByteBuffer) {
        guard let header = packet.header(LinuxSLL2Header.self, at: 0) else { return }
        let start = buffer.count
        if let name = interfaceNames[header.interfaceIndex] {
            buffer.escaped(name)
        } else {
            buffer.write("if")
            buffer.decimal(header.interfaceIndex)
        }
        while buffer.count < start + 5 { buffer.write(" ") }
        buffer.write(" ")
        // The link header itself goes on with the direction.
        if showsLinkHeader { return }
        let word = header.packetType.abbreviation
        buffer.write(word)
        for _ in word.utf8CodeUnitCount..<4 { buffer.write(" ") }
    }

    /// Writes the link header where it is asked for, or where it is all there is to say.
    ///
    /// - Returns: the index of the first layer above the link.
    private func writeLinkLayers(of packet: Packet, context: SummaryContext, to buffer: inout ByteBuffer) -> Int {
        let layers = packet.layers
        let end = packet.linkLayerCount
        guard end < layers.count || packet.fault != nil else {
            writeLinkOnly(packet, context: context, to: &buffer)
            return end
        }
        guard showsLinkHeader else { return end }
        for index in 0..<end where layers[index].kind != .rawIP {
            packet.summarize(index, context: context, to: &buffer)
            buffer.write(layers[index].kind.isTag ? ", " : ": ")
        }
        return end
    }

    /// A frame that carries nothing that is decoded.
    private func writeLinkOnly(_ packet: Packet, context: SummaryContext, to buffer: inout ByteBuffer) {
        let layers = packet.layers
        guard layers.count > 0 else {
            buffer.write("link-type ")
            buffer.name(packet.frame.header.linkType.name, or: packet.frame.header.linkType.rawValue)
            buffer.write(", length ")
            return buffer.decimal(packet.frame.wireLength)
        }
        // LLC speaks for itself; an unknown EtherType is told by the header before it.
        let last = layers.count &- 1
        let first = layers[last].kind == .llc && !showsLinkHeader ? last : 0
        for index in first...last {
            packet.summarize(index, context: context, to: &buffer)
            if index < last { buffer.write(layers[index].kind.isTag ? ", " : ": ") }
        }
    }

    private func writeLayers(
        of packet: Packet, from first: Int, context: SummaryContext, to buffer: inout ByteBuffer
    ) {
        let layers = packet.layers
        var index = first
        // A quoted packet is told by the words of the ICMP error around it.
        while index < layers.count && !layers[index].traits.contains(.quoted) {
            switch layers[index].kind {
            case .ipv4 where packet.isSilent(index), .ipv6 where packet.isSilent(index): break
            case .ipv4:
                if !showsLinkHeader { buffer.write("IP ") }
                writeIPv4(packet, index, to: &buffer)
            case .ipv6:
                if !showsLinkHeader { buffer.write("IP6 ") }
                writeIPv6(packet, index, to: &buffer)
            case .hopByHop, .routing, .fragment, .destinationOptions, .authentication, .mobility, .hostIdentity, .shim6:
                packet.summarize(index, context: context, to: &buffer)
                writeSeparator(afterExtension: index, of: packet, to: &buffer)
            case .udp where packet.isTunnel(after: index):
                writePorts(packet, index, to: &buffer)
            case .tcp, .udp, .sctp, .udpLite:
                writePorts(packet, index, to: &buffer)
                packet.summarize(index, context: context, to: &buffer)
            case .ethernet, .vlan, .vnTag, .llc, .isl, .fabricPath:
                // The link header within a tunnel is told like the outer one: when there is nothing else to say.
                let isLast = index &+ 1 >= layers.count
                guard isLast || showsLinkHeader else { break }
                packet.summarize(index, context: context, to: &buffer)
                if !isLast { buffer.write(layers[index].kind.isTag ? ", " : ": ") }
            case .mpls, .pppoe, .l2tp:
                packet.summarize(index, context: context, to: &buffer)
                if index &+ 1 < layers.count { buffer.write(" ") }
            case .vxlan, .vxlanGeneric, .gtpUser:
                packet.summarize(index, context: context, to: &buffer)
                if index &+ 1 < layers.count { buffer.write(": ") }
            case .greeting, .dns, .mdns, .dhcp, .ntp, .http, .tls:
                // A segment can carry several messages.
                buffer.write(layers[index &- 1].kind == layers[index].kind ? ", " : ": ")
                packet.summarize(index, context: context, to: &buffer)
            default:
                packet.summarize(index, context: context, to: &buffer)
            }
            index &+= 1
        }
    }

    private func writeIPv4(_ packet: Packet, _ index: Int, to buffer: inout ByteBuffer) {
        guard let header = packet.header(IPv4Header.self, at: index) else { return }
        let missing = packet.missingBytes(at: index)
        if missing > 0 {
            buffer.write("truncated-ip - ")
            buffer.decimal(missing)
            buffer.write(" bytes missing! ")
        }
        let ports = index &+ 1 < packet.layers.count ? packet.ports(at: index &+ 1) : nil
        writeEnds(.v4(header.source), .v4(header.destination), ports, to: &buffer)
        guard ports == nil else { return }
        if header.fragmentOffset > 0 {
            buffer.write("ip-proto-")
            buffer.decimal(header.protocolNumber.rawValue)
        } else {
            writeUnknownProtocol(header.protocolNumber, after: index, of: packet, to: &buffer)
        }
    }

    private func writeIPv6(_ packet: Packet, _ index: Int, to buffer: inout ByteBuffer) {
        guard let header = packet.header(IPv6Header.self, at: index) else { return }
        let missing = packet.missingBytes(at: index)
        if missing > 0 {
            buffer.write("truncated-ip6 - ")
            buffer.decimal(missing)
            buffer.write(" bytes missing!")
        }
        let ports = index &+ 1 < packet.layers.count ? packet.ports(at: index &+ 1) : nil
        writeEnds(.v6(header.source), .v6(header.destination), ports, to: &buffer)
        guard ports == nil else { return }
        writeUnknownProtocol(header.nextHeader, after: index, of: packet, to: &buffer)
    }

    private func writeEnds(
        _ source: IPAddress, _ destination: IPAddress, _ ports: (source: UInt16, destination: UInt16)?,
        to buffer: inout ByteBuffer
    ) {
        buffer.address(source)
        if let ports {
            buffer.write(byte: 0x2e)
            buffer.decimal(ports.source)
        }
        buffer.write(" > ")
        buffer.address(destination)
        if let ports {
            buffer.write(byte: 0x2e)
            buffer.decimal(ports.destination)
        }
        buffer.write(": ")
    }

    /// The ports of a transport header, unless they stand beside the addresses of the network header before it.
    private func writePorts(_ packet: Packet, _ index: Int, to buffer: inout ByteBuffer) {
        let before = index > 0 ? packet.layers[index &- 1].kind : .ethernet
        guard before != .ipv4, before != .ipv6, let (source, destination) = packet.ports(at: index) else {
            return
        }
        buffer.decimal(source)
        buffer.write(" > ")
        buffer.decimal(destination)
        buffer.write(": ")
    }

    private func writeSeparator(afterExtension index: Int, of packet: Packet, to buffer: inout ByteBuffer) {
        let layer = packet.layers[index]
        let header = packet.headerBytes(at: index)
        // A later fragment (offset not 0) has nothing more to tell (RFC 8200 section 4.5).
        if layer.kind == .fragment && header.byteCount >= 4 && header.uint16(at: 2) & 0xfff8 != 0 { return }
        buffer.write(layer.kind == .authentication ? ": " : " ")
        // Every extension header begins with the number of what follows (RFC 8200 section 4, RFC 4302 section 2.1).
        guard header.byteCount > 0 else { return }
        writeUnknownProtocol(IPProtocol(rawValue: header.byte(at: 0)), after: index, of: packet, to: &buffer)
    }

    /// What layer `index` carries, where no layer follows to tell it.
    private func writeUnknownProtocol(
        _ number: IPProtocol, after index: Int, of packet: Packet, to buffer: inout ByteBuffer
    ) {
        guard index &+ 1 >= packet.layers.count, packet.fault == nil else { return }
        if number == .noNextHeader {
            buffer.write("no next header")
        } else {
            buffer.write(" ip-proto-")
            buffer.decimal(number.rawValue)
            buffer.write(byte: 0x20)
            buffer.decimal(packet.layers[index].statedPayloadLength)
        }
    }

    private func writeFault(_ fault: DecodeError, to buffer: inout ByteBuffer) {
        if !showsLinkHeader && fault.layer == .ipv4 { buffer.write("IP ") }
        switch fault.reason {
        case .truncated, .tooShort:
            buffer.write(" [|")
            buffer.write(fault.layer.shortName)
        default:
            buffer.write(" [bad ")
            buffer.write(fault.layer.name)
            buffer.write(": ")
            buffer.write(fault.reason)
        }
        buffer.write("]")
    }
}

extension Packet {
    /// How many layers lie before the network layer.
    var linkLayerCount: Int {
        var index = 0
        while index < layers.count, layers[index].kind.isLink { index &+= 1 }
        return index
    }

    /// Whether layer `index + 1` is a tunnel, whose words take the place of the datagram's that carries it.
    func isTunnel(after index: Int) -> Bool {
        index &+ 1 < layers.count && layers[index &+ 1].kind.isTunnel
    }

    /// Whether the words of the layers leave nothing to say of `fault`: a layer that was noted in part tells it itself,
    /// and the packet that an ICMP error quotes is cut on purpose.
    func isTold(_ fault: DecodeError) -> Bool {
        guard layers.count > 0 else { return false }
        let last = layers[layers.count &- 1]
        let isICMP = last.kind == .icmp || last.kind == .icmpv6
        let isSaid = last.kind == fault.layer && last.offset == fault.offset && !isSilent(layers.count &- 1)
        return last.traits.contains(.quoted) || isSaid || isICMP && fault.layer != last.kind
    }

    /// Whether layer `index` is an IP header without its addresses, of which there is nothing to say.
    func isSilent(_ index: Int) -> Bool {
        switch layers[index].kind {
        case .ipv4: header(IPv4Header.self, at: index) == nil
        case .ipv6: header(IPv6Header.self, at: index) == nil
        default: false
        }
    }

    /// How many bytes layer `index` claims beyond the end of the layer around it.
    func missingBytes(at index: Int) -> Int {
        layers[index].end &- (index > 0 ? layers[index &- 1].end : frame.wireLength)
    }
}

extension LayerKind {
    /// The name tcpdump gives a header that was cut.
    fileprivate var shortName: StaticString {
        switch self {
        case .ethernet: "ether"
        case .linuxSLL: "sll"
        case .linuxSLL2: "sll2"
        case .ipv4: "ip"
        case .ipv6: "ip6"
        case .icmpv6: "icmp6"
        case .hopByHop: "hbhopt"
        case .routing: "srcrt"
        case .fragment: "frag6"
        case .destinationOptions: "dstopt"
        default: name
        }
    }
}

extension ByteBuffer {
    /// What is wrong, without the layer.
    mutating func write(_ reason: DecodeError.Reason) {
        switch reason {
        case .truncated(let needed, let captured):
            write("needs ")
            decimal(needed)
            write(" bytes, ")
            decimal(captured)
            write(" captured")
        case .tooShort(let needed, let available):
            write("needs ")
            decimal(needed)
            write(" bytes, ")
            decimal(available)
            write(" there")
        case .badLength(let length):
            write("impossible length ")
            decimal(length)
        case .badVersion(let version):
            write("impossible version ")
            decimal(version)
        case .badValue(let value):
            write("impossible value ")
            decimal(value)
        case .tooDeep:
            write("more layers than are decoded")
        }
    }
}
