/// A decoded packet: a frame and the layers found in it. It borrows both; nothing is copied.
@frozen public struct Packet: ~Escapable, BitwiseCopyable {
    public let frame: Frame
    /// Outermost first.
    public let layers: Span<Layer>
    /// Why the walk ended before the innermost layer, if it did.
    public let fault: DecodeError?

    @inlinable
    @_lifetime(copy frame, copy layers)
    public init(frame: Frame, layers: Span<Layer>, fault: DecodeError?) {
        self.frame = frame
        self.layers = layers
        self.fault = fault
    }

    /// The fixed header of layer `index`; nil when it is of another kind or only partly captured.
    @inlinable
    @inline(__always)
    public func header<Header: WireHeader>(_ type: Header.Type, at index: Int) -> Header? {
        let layer = layers[index]
        guard Header.begins(layer.kind) else { return nil }
        let offset = Header.offset(inLayer: index, of: self)
        let end = offset &+ Header.size
        guard end <= layer.payloadOffset, end <= frame.bytes.byteCount,
            !layer.traits.contains(.partial) || holdsPartial(end, at: index)
        else { return nil }
        return unsafe frame.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Header.self)
    }

    /// Whether a partial header goes on up to `end`: what follows it is captured too, but not the header's (the rest of
    /// a quote, a trailer).
    @inline(never)
    @usableFromInline
    func holdsPartial(_ end: Int, at index: Int) -> Bool { end <= capturedEnd(at: index) }

    /// The captured bytes of the header of layer `index`, options included.
    @inlinable
    @_lifetime(copy self)
    public func headerBytes(at index: Int) -> RawSpan {
        let layer = layers[index]
        return frame.bytes.clipped(from: layer.offset, to: min(layer.payloadOffset, capturedEnd(at: index)))
    }

    /// The captured bytes after the header of layer `index`, up to where the layer ends.
    @inlinable
    @_lifetime(copy self)
    public func payload(at index: Int) -> RawSpan {
        let layer = layers[index]
        return frame.bytes.clipped(from: layer.payloadOffset, to: min(layer.end, capturedEnd(at: index)))
    }

    /// Where the captured bytes that can belong to layer `index` end: with every layer around it, and with the quote
    /// that an ICMP error makes of it, whatever its own length claims.
    @inlinable
    public func capturedEnd(at index: Int) -> Int { min(frame.bytes.byteCount, enclosingEnd(at: index)) }

    /// Where layer `index` must end on the wire by the frame, every layer around it and the quote that an ICMP error
    /// makes of it, whatever its own length claims.
    @inlinable
    public func enclosingEnd(at index: Int) -> Int {
        var end = frame.wireLength
        // HTTP messages lie one after the other in a segment: none is part of another.
        for outer in 0..<index where layers[outer].kind != .http {
            end = min(end, layers[outer].end)
            if layers[index].traits.contains(.quoted), let quoteEnd = quoteEnd(at: outer) { end = min(end, quoteEnd) }
        }
        return end
    }

    /// Where layer `index` ends on the wire, which no layer around it and not the frame allows to be later: less than
    /// its own end where lengths contradict each other. A quoted packet has only its own lengths to go by.
    @inlinable
    public func wireEnd(at index: Int) -> Int {
        var end = layers[index].end
        guard !layers[index].traits.contains(.quoted) else { return end }
        for outer in 0..<index where layers[outer].kind != .http { end = min(end, layers[outer].end) }
        return min(end, frame.wireLength)
    }

    /// Length of the payload of layer `index` on the wire, in bytes, by ``wireEnd(at:)``.
    @inlinable
    public func payloadLength(at index: Int) -> Int { max(0, wireEnd(at: index) &- layers[index].payloadOffset) }

    /// Whether `length` bytes of layer `index` were captured and belong to it.
    @inlinable
    public func holdsWhole(_ length: Int, at index: Int) -> Bool {
        let layer = layers[index]
        return !layer.traits.contains(.fragment) && layer.offset &+ length <= min(layer.end, capturedEnd(at: index))
    }

    /// The first layer of `kind` that is not part of a quoted packet.
    @inlinable
    public func firstIndex(of kind: LayerKind) -> Int? {
        for index in 0..<layers.count where layers[index].kind == kind && !layers[index].traits.contains(.quoted) {
            return index
        }
        return nil
    }

    /// The IPv4 or IPv6 layer that carries layer `index`.
    @inlinable
    @inline(__always)
    public func enclosingNetwork(of index: Int) -> Int? {
        var candidate = index &- 1
        while candidate >= 0 {
            let kind = layers[candidate].kind
            if kind == .ipv4 || kind == .ipv6 { return candidate }
            candidate &-= 1
        }
        return nil
    }
}
