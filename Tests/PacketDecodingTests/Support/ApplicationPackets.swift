import PacketDecoding
import Testing

/// A datagram from port 1025 to `port` in an IPv4 packet: its payload begins at byte 28.
func datagram(to port: UInt16, _ payload: [UInt8]) -> [UInt8] {
    ipv4(.udp, hex("0401") + bigEndian(port) + bigEndian(UInt16(8 + payload.count)) + hex("0000") + payload)
}

/// A segment from port 1025 to `port` in an IPv4 packet: its payload begins at byte 40.
func segment(to port: UInt16, _ payload: [UInt8]) -> [UInt8] {
    var header = tcp()
    header.replaceSubrange(2..<4, with: bigEndian(port))
    return ipv4(.tcp, header + payload)
}

/// What is said of a packet's application layers, and its fault.
func heard(_ packet: [UInt8], wireLength: Int? = nil, ports: PortMap = PortMap()) -> (
    words: [String], fault: DecodeError?
) {
    withPacket(packet, linkType: .ipv4, wireLength: wireLength, ports: ports) { packet in
        let words = packet.layers.indices.dropFirst(2).map { packet.summary($0) }
        for index in packet.layers.indices { _ = packet.record(index) }
        return (words, packet.fault)
    }
}

/// Cuts a packet whose application is known by its first bytes after each byte, once by the capture and once on the
/// wire: nothing traps, and what the capture cut is either not recognised or noted as cut.
func expectEveryCutHolds(_ packet: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
    let whole = walk(packet, linkType: .ipv4)
    for count in 0..<packet.count {
        let cut = Array(packet[..<count])
        exercise(cut, linkType: .ipv4, wireLength: count)
        let snapped = exercise(cut, linkType: .ipv4, wireLength: packet.count)
        #expect(
            snapped.kinds == Array(whole.kinds.prefix(snapped.kinds.count)), "snapped to \(count) bytes",
            sourceLocation: sourceLocation)
        for layer in snapped.layers where layer.traits.contains(.partial) {
            let captured = count - layer.offset
            #expect(
                snapped.fault?.layer == layer.kind && snapped.fault?.offset == layer.offset, "\(captured) captured",
                sourceLocation: sourceLocation)
        }
    }
}
