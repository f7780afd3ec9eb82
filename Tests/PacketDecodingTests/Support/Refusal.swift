import PacketDecoding
import Testing

/// A frame that ends with a fault: a row of a test.
struct Refusal: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let wireLength: Int?
    let fault: DecodeError

    /// - Parameters:
    ///   - offset: of the refused layer.
    ///   - wireLength: of the frame; nil when it was captured whole.
    init(
        _ name: String, _ bytes: [UInt8], _ layer: LayerKind, at offset: Int = 0, wireLength: Int? = nil,
        _ reason: DecodeError.Reason
    ) {
        testDescription = name
        self.bytes = bytes
        self.wireLength = wireLength
        fault = DecodeError(layer, at: offset, reason)
    }

    /// Decodes the frame and expects exactly this fault.
    func check(linkType: LinkType = .ethernet, sourceLocation: SourceLocation = #_sourceLocation) {
        let found = exercise(bytes, linkType: linkType, wireLength: wireLength)
        #expect(found.fault == fault, sourceLocation: sourceLocation)
        #expect(
            !found.layers.contains { $0.offset == fault.offset && !$0.traits.contains(.partial) },
            "a refused layer is noted as if it were whole", sourceLocation: sourceLocation)
    }
}
