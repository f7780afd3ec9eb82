/// Finds the layers of one frame after another. It owns the storage they are noted in, so that decoding a
/// packet allocates nothing.
///
///     var decoder = PacketDecoder()
///     while let frame = try source.next() {
///         let packet = decoder.decode(frame)
///         …
///     }
public struct PacketDecoder: ~Copyable {
    /// Layers noted per packet, quoted packets included; a deeper one ends the walk with a fault.
    public static var maximumLayers: Int { 256 }
    /// How many packets of a kind may lie one within the other: the outermost and 32 that tunnels carry.
    public static var maximumNesting: Int { 33 }

    private var layers: InlineArray<256, Layer>
    private var count: UInt32 = 0
    private var networkLayers: UInt32 = 0
    private var ethernetLayers: UInt32 = 0
    /// Traits that every layer from here on has.
    private var inherited: LayerTraits = []
    private var application: ApplicationHint?
    /// Of the frame.
    private(set) var linkType = LinkType.ethernet
    private let ports: PortMap
    /// How many bytes the transport's payload begins with that belong to a message before.
    var precedingBytes: Int { application?.precedingBytes ?? 0 }
    /// What carries the application layer.
    private(set) var transport = LayerKind.udp

    /// - Parameter ports: which ports lead to which application protocol.
    public init(ports: PortMap = PortMap()) {
        self.ports = ports
        layers = InlineArray(repeating: Layer(.ethernet, at: 0, headerLength: 0, end: 0))
    }

    /// Walks the frame's layers from its link type on.
    ///
    /// - Parameter application: what the transport's payload is, where the conversation knows better than the port.
    @_lifetime(&self, copy frame)
    public mutating func decode(_ frame: Frame, application: ApplicationHint? = nil) -> Packet {
        decode(frame, application: application, knowsPlain: true)
    }

    /// - Parameter knowsPlain: whether a plain packet is recognised in one look, or walked as any other.
    @inline(__always)
    @_lifetime(&self, copy frame)
    mutating func decode(_ frame: Frame, application: ApplicationHint?, knowsPlain: Bool) -> Packet {
        count = 0
        networkLayers = 0
        ethernetLayers = 0
        inherited = []
        self.application = application
        linkType = frame.header.linkType
        var fault: DecodeError?
        if knowsPlain, linkType == .ethernet,
            let payload = decodePlain(frame.bytes, wireLength: frame.header.wireLength)
        {
            if let kind = payload.kind { fault = walk(from: kind, payload.cursor) }
        } else if let kind = LayerKind(linkType: linkType) {
            fault = walk(from: kind, Cursor(frame.bytes, wireLength: frame.wireLength))
        }
        return Packet(frame: frame, layers: layers.span.extracting(first: Int(count)), fault: fault)
    }

    /// Decodes what a transport carried, in one segment or in several put together, from the beginning of a message on.
    ///
    /// - Parameters:
    ///   - transport: TCP or UDP. It is the first layer, which is empty.
    ///   - application: what the bytes are, where their beginning does not tell.
    ///   - header: of the frame that brought the last of them.
    @_lifetime(&self, copy payload)
    public mutating func decode(
        _ payload: RawSpan, of transport: LayerKind, application: ApplicationHint?, header: FrameHeader
    ) -> Packet {
        networkLayers = 0
        ethernetLayers = 0
        inherited = []
        self.application = application
        self.transport = transport
        var header = header
        header.wireLength = payload.byteCount
        linkType = header.linkType
        layers[0] = Layer(transport, at: 0, headerLength: 0, end: payload.byteCount)
        count = 1
        let cursor = Cursor(payload, wireLength: payload.byteCount)
        var fault: DecodeError?
        if let kind = self.payload(of: transport, sourcePort: 0, destinationPort: 0, at: cursor) {
            fault = walk(from: kind, cursor)
        }
        return Packet(
            frame: Frame(payload, header: header), layers: layers.span.extracting(first: Int(count)), fault: fault)
    }

    /// - Returns: why it ended early, if it did.
    private mutating func walk(from first: LayerKind, _ start: Cursor) -> DecodeError? {
        var cursor = start
        var next: LayerKind? = first
        do {
            while let kind = next { next = try decode(kind, &cursor) }
            return nil
        } catch {
            return error
        }
    }

    /// Notes the three layers of a plain packet, the first of the frame.
    @inline(__always)
    mutating func note(_ link: Layer, _ network: Layer, _ transport: Layer) {
        layers[0] = link
        layers[1] = network
        layers[2] = transport
        count = 3
        networkLayers = 1
        ethernetLayers = 1
    }

    /// Notes a layer. The first one too many, or too deep, is the walk's end.
    mutating func append(_ layer: Layer) throws(DecodeError) {
        var layer = layer
        var nesting: UInt32 = 0
        switch layer.kind {
        case .ipv4, .ipv6:
            networkLayers &+= 1
            nesting = networkLayers
        case .ethernet:
            ethernetLayers &+= 1
            nesting = ethernetLayers
        default: break
        }
        guard count < Self.maximumLayers, nesting <= Self.maximumNesting else {
            throw DecodeError(layer.kind, at: layer.offset, .tooDeep)
        }
        layer.storedTraits.formUnion(inherited)
        layers[Int(count)] = layer
        count &+= 1
    }

    /// The layer that was noted last: what carries the one being read; nil at the frame's start.
    var carrier: LayerKind? { count > 0 ? layers.span[Int(count) &- 1].kind : nil }

    /// Whether the layer that was noted last is TCP with the flag PSH; what was put together from segments counts as
    /// pushed.
    func carrierIsPushed(_ bytes: RawSpan) -> Bool {
        guard count > 0 else { return false }
        let layer = layers.span[Int(count) &- 1]
        guard layer.kind == .tcp, layer.headerLength >= TCPHeader.size, bytes.byteCount > layer.offset &+ 13
        else { return layer.headerLength == 0 }
        return bytes.byte(at: layer.offset &+ 13) & 0x08 != 0
    }

    /// Layers from here on belong to the packet that an ICMP error quotes.
    mutating func enterQuotedPacket() {
        inherited.insert(.quoted)
        // Whether the error itself is a fragment says nothing of the packet that it quotes.
        inherited.remove(.fragment)
    }

    /// Layers from here on are the first fragment of something longer.
    mutating func enterFragment() { inherited.insert(.fragment) }

    /// Whether the layers from here on are the first fragment of something longer.
    var isInFragment: Bool { inherited.contains(.fragment) }

    /// Layers from here on are no fragment, whatever carried the packet around them.
    mutating func leaveFragment() { inherited.remove(.fragment) }

    /// What a transport's payload is; nil when it is empty or unknown. Marks the layers from here on as the server's
    /// when the server sent it.
    ///
    /// - Parameter cursor: at the payload, which it ends with.
    @inline(__always)
    mutating func payload(
        of transport: LayerKind, sourcePort: UInt16, destinationPort: UInt16, at cursor: borrowing Cursor
    ) -> LayerKind? {
        if transport == .tcp && cursor.remaining == 0 { return nil }
        guard application == nil, !ports.leads(sourcePort), !ports.leads(destinationPort) else {
            return payload(ofKnown: transport, sourcePort: sourcePort, destinationPort: destinationPort, at: cursor)
        }
        // Most packets' ports lead nowhere.
        return transport == .tcp && isWholeMessage ? opening(at: cursor) : nil
    }

    /// By what the caller said, else by port, else by the first bytes.
    private mutating func payload(
        ofKnown transport: LayerKind, sourcePort: UInt16, destinationPort: UInt16, at cursor: borrowing Cursor
    ) -> LayerKind? {
        if transport == .udp, cursor.remaining > 0,
            let tunnel = ports.tunnel(sourcePort: sourcePort, destinationPort: destinationPort)
        {
            return tunnel
        }
        guard isWholeMessage else { return nil }
        self.transport = transport
        if let application, application.precedingBytes > 0 {
            return application.precedingBytes < cursor.captured ? application.kind : nil
        }
        let byPort = application == nil ? ports.match(sourcePort: sourcePort, destinationPort: destinationPort) : nil
        // A tunnel's port leads nowhere over TCP.
        guard let match = application ?? byPort?.hint else { return transport == .tcp ? opening(at: cursor) : nil }
        // What the payload begins with knows better than the port, though not than who asked for a protocol.
        if byPort?.isAsked == false || match.kind.hasOpening,
            let kind = contradiction(of: match.kind, over: transport, at: cursor)
        {
            return kind
        }
        guard match.kind.runs(over: transport) else { return nil }
        // An empty datagram means something to the greeting only.
        guard cursor.remaining > 0 || match.kind == .greeting else { return nil }
        if match.fromServer { inherited.insert(.fromServer) }
        return match.kind
    }

    /// What the payload is by what it begins with, where that is not what its port says.
    private func contradiction(
        of kind: LayerKind, over transport: LayerKind, at cursor: borrowing Cursor
    ) -> LayerKind? {
        let isDNS = kind == .dns || kind == .mdns
        if transport == .tcp, let other = opening(at: cursor) {
            if other == kind || isDNS && DNSMessage.begins(cursor) { return nil }
            return other.begins(cursor.capturedBytes) ? other : nil
        }
        return !isDNS && DNSMessage.isNothingElse(cursor, over: transport) ? .dns : nil
    }

    /// A quoted packet's payload is cut, and a first fragment's is only the beginning of a message.
    private var isWholeMessage: Bool { inherited.isDisjoint(with: [.quoted, .fragment]) }

    @inline(__always)
    private func opening(at cursor: borrowing Cursor) -> LayerKind? {
        guard let word = cursor.peekUInt32() else { return nil }
        return LayerKind(openingOfStream: word)
    }
}
