/// A packet with memory of its own: a value to keep, send to another task and compare, where a ``Frame`` is borrowed
/// from its source until the source's next step.
///
/// Making one copies the captured bytes. Decoding waits until someone asks:
///
///     if let header = packet.header(TCPHeader.self) { print(header.sourcePort) }
///     packet.withDecoded { packet in print(packet.layers.count) }
///     decoder.decode(packet.frame)            // in a loop, with a decoder made once
public struct OwnedPacket: Hashable, Sendable {
    public let header: FrameHeader
    /// What was captured, from the link header on; shorter than the frame was on the wire when it was snapped.
    public let bytes: [UInt8]
    /// What people wrote beside the frame (pcapng); what is not UTF-8 in it is replaced (U+FFFD).
    public let comments: [String]

    public init(_ frame: Frame) {
        header = frame.header
        bytes = unsafe frame.bytes.withUnsafeBytes { unsafe Array($0) }
        var comments: [String] = []
        for index in 0..<frame.comments.count {
            comments.append(unsafe frame.comments[index].withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) })
        }
        self.comments = comments
    }

    /// - Parameter bytes: from the link header on.
    public init(_ bytes: [UInt8], header: FrameHeader) {
        self.header = header
        self.bytes = bytes
        comments = []
    }

    /// The packet as borrowed by decoders, without its comments.
    public var frame: Frame {
        @_lifetime(borrow self)
        get { Frame(unsafe bytes.span.bytes, header: header) }
    }

    /// Decodes it for the time of `body`.
    ///
    /// - Parameter ports: which ports lead to which application protocol.
    public func withDecoded<Result, Failure: Error>(
        ports: PortMap = PortMap(), _ body: (Packet) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var decoder = PacketDecoder(ports: ports)
        return try body(decoder.decode(frame))
    }

    /// The outermost header of a type, without options; nil where there is none, or not all of it was captured. Those
    /// in a packet that an ICMP error quotes don't count.
    public func header<Header: WireHeader>(_ type: Header.Type) -> Header? {
        withDecoded { packet in
            let first = packet.layers.indices.first {
                Header.begins(packet.layers[$0].kind) && !packet.layers[$0].traits.contains(.quoted)
            }
            return first.flatMap { packet.header(type, at: $0) }
        }
    }

    /// Its layers, outermost first, and why the walk ended early, if it did.
    ///
    /// - Parameter ports: which ports lead to which application protocol.
    public func layers(ports: PortMap = PortMap()) -> (layers: [Layer], fault: DecodeError?) {
        withDecoded(ports: ports) { packet in
            var layers: [Layer] = []
            layers.reserveCapacity(packet.layers.count)
            for index in packet.layers.indices { layers.append(packet.layers[index]) }
            return (layers, packet.fault)
        }
    }
}
