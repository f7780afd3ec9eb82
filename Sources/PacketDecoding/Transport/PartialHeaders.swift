extension Packet {
    /// The ports of TCP or UDP layer `index`, also of a header that is only partly there; nil for any other layer.
    @inlinable
    public func ports(at index: Int) -> (source: UInt16, destination: UInt16)? {
        let layer = layers[index]
        guard layer.kind == .tcp || layer.kind == .udp, layer.headerLength >= 4,
            frame.bytes.byteCount &- layer.offset >= 4
        else { return nil }
        return (frame.bytes.uint16(at: layer.offset), frame.bytes.uint16(at: layer.offset &+ 2))
    }
}

extension PacketDecoder {
    /// Reads the header of a transport or control message. One of which only the beginning is there is noted as
    /// partial from four bytes on, which hold the ports, or type, code and checksum; it ends the walk all the same.
    mutating func readPartial<Header: WireHeader>(
        _ type: Header.Type, _ cursor: inout Cursor
    ) throws(DecodeError) -> Header {
        if cursor.captured >= 4 && cursor.captured < Header.size {
            try append(
                Layer(
                    Header.layer, at: cursor.offset, headerLength: cursor.captured, end: cursor.end, traits: .partial))
        }
        return try cursor.read(type)
    }
}
