import Testing

@testable import PacketDecoding

/// Decodes one frame and hands the packet to `body`.
///
/// - Parameter wireLength: of the frame, in bytes; longer than `bytes` where the capture was snapped.
func withPacket<Result>(
    _ bytes: [UInt8], linkType: LinkType = .ethernet, wireLength: Int? = nil, direction: FrameDirection = .unknown,
    checksumIsOffloaded: Bool = false, application: ApplicationHint? = nil, ports: PortMap = PortMap(),
    _ body: (borrowing Packet) throws -> Result
) rethrows -> Result {
    var decoder = PacketDecoder(ports: ports)
    let header = FrameHeader(
        number: 1, timestamp: nil, wireLength: wireLength ?? bytes.count, linkType: linkType, direction: direction,
        checksumIsOffloaded: checksumIsOffloaded)
    let packet = unsafe decoder.decode(Frame(bytes.span.bytes, header: header), application: application)
    return try body(packet)
}

/// What decoding found, as values that outlive the packet.
struct Walk: Equatable {
    var layers: [Layer]
    var fault: DecodeError?

    var kinds: [LayerKind] { layers.map(\.kind) }
}

extension Packet {
    var walk: Walk { Walk(layers: layers.indices.map { layers[$0] }, fault: fault) }

    /// The fields of layer `index`, as ``RecordingFieldSink`` records them.
    func record(_ index: Int) -> RecordingFieldSink {
        var sink = RecordingFieldSink()
        describe(index, to: &sink)
        #expect(sink.isBalanced, "\(layers[index].kind) leaves a list open")
        return sink
    }

    /// Layer `index` in a few words.
    func summary(_ index: Int, context: SummaryContext = SummaryContext()) -> String {
        var sink = StringSink()
        summarize(index, context: context, to: &sink)
        return sink.text
    }
}

/// Layers and fault of one frame.
func walk(_ bytes: [UInt8], linkType: LinkType = .ethernet, wireLength: Int? = nil) -> Walk {
    withPacket(bytes, linkType: linkType, wireLength: wireLength) { $0.walk }
}

/// The same, found without the look that suffices for plain packets.
func walkLayerByLayer(_ bytes: [UInt8], linkType: LinkType = .ethernet, wireLength: Int? = nil) -> Walk {
    var decoder = PacketDecoder()
    let header = FrameHeader(
        number: 1, timestamp: nil, wireLength: wireLength ?? bytes.count, linkType: linkType)
    let packet = unsafe decoder.decode(
        Frame(bytes.span.bytes, header: header), application: nil, knowsPlain: false)
    return packet.walk
}

/// The fields of the first layer of `kind`, quoted ones included; nil without such a layer.
func fields(
    of kind: LayerKind, in bytes: [UInt8], linkType: LinkType = .ethernet, wireLength: Int? = nil
) -> RecordingFieldSink? {
    withPacket(bytes, linkType: linkType, wireLength: wireLength) { packet in
        packet.walk.kinds.firstIndex(of: kind).map { packet.record($0) }
    }
}

/// The words of the first layer of `kind`, quoted ones included; nil without such a layer.
func summary(
    of kind: LayerKind, in bytes: [UInt8], linkType: LinkType = .ethernet, wireLength: Int? = nil,
    context: SummaryContext = SummaryContext()
) -> String? {
    withPacket(bytes, linkType: linkType, wireLength: wireLength) { packet in
        packet.walk.kinds.firstIndex(of: kind).map { packet.summary($0, context: context) }
    }
}

/// Cuts a sound packet after each of its bytes, once by the capture and once on the wire: everything that is left is
/// decoded, described and summarized without a trap, and the layers found are the whole packet's first ones.
///
/// A packet cut by the capture has fewer layers only together with a fault of kind `truncated`, which asks for more
/// than was captured.
func expectEveryTruncationHolds(
    _ bytes: [UInt8], linkType: LinkType = .ethernet, sourceLocation: SourceLocation = #_sourceLocation
) {
    let whole = walk(bytes, linkType: linkType)
    #expect(whole.fault == nil, "not a sound packet", sourceLocation: sourceLocation)
    for count in 0..<bytes.count {
        let cut = Array(bytes[..<count])
        let snapped = exercise(cut, linkType: linkType, wireLength: bytes.count)
        let complete = snapped.layers.filter { !$0.traits.contains(.partial) }
        #expect(
            complete.elementsEqual(whole.layers.prefix(complete.count)), "snapped to \(count) bytes",
            sourceLocation: sourceLocation)
        if let fault = snapped.fault {
            guard case .truncated(let needed, let captured) = fault.reason else {
                Issue.record("snapped to \(count) bytes: \(fault)", sourceLocation: sourceLocation)
                continue
            }
            #expect(needed > captured && captured == count - fault.offset, sourceLocation: sourceLocation)
        } else {
            #expect(snapped.kinds == whole.kinds, "snapped to \(count) bytes", sourceLocation: sourceLocation)
        }
        let short = exercise(cut, linkType: linkType, wireLength: count)
        #expect(
            short.kinds.count <= whole.kinds.count + 1, "cut to \(count) bytes on the wire",
            sourceLocation: sourceLocation)
    }
}

/// Decodes a frame of any content, and describes and summarizes every layer that was found.
@discardableResult
func exercise(_ bytes: [UInt8], linkType: LinkType = .ethernet, wireLength: Int? = nil) -> Walk {
    withPacket(bytes, linkType: linkType, wireLength: wireLength) { packet in
        for index in packet.layers.indices {
            _ = packet.record(index)
            _ = packet.summary(index)
        }
        #expect(packet.walk == walkLayerByLayer(bytes, linkType: linkType, wireLength: wireLength))
        return packet.walk
    }
}
