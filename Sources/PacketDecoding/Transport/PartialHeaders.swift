extension Packet {
    /// The ports of transport layer `index`, also of a header that is only partly there; nil for any other layer.
    @inlinable
    public func ports(at index: Int) -> (source: UInt16, destination: UInt16)? {
        let layer = layers[index]
        switch layer.kind {
        case .tcp, .udp, .sctp, .udpLite: break
        default: return nil
        }
        guard layer.headerLength >= 4, frame.bytes.byteCount &- layer.offset >= 4 else { return nil }
        return (frame.bytes.uint16(at: layer.offset), frame.bytes.uint16(at: layer.offset &+ 2))
    }
}

extension PacketDecoder {
    /// Notes the layer at the cursor by the first `length` bytes of its header, which are all that is there or makes
    /// sense; nothing where there is none.
    mutating func appendBeginning(of kind: LayerKind, length: Int, _ cursor: Cursor) throws(DecodeError) {
        guard length > 0 else { return }
        try append(Layer(kind, at: cursor.offset, headerLength: length, end: cursor.end, traits: .partial))
    }

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
