/// Where protocols write the words of a summary. Rendering implements it with a byte buffer.
///
/// Text that came off the wire goes through ``escaped(_:)`` only.
public protocol TextSink: ~Copyable {
    mutating func write(_ text: StaticString)
    mutating func write(byte: UInt8)
    mutating func decimal(_ value: UInt64)
    /// Lower-case hexadecimal, zero-padded to `digits`; 0 means as many as it takes.
    mutating func hex(_ value: UInt64, digits: Int)
    /// Bytes off the wire as text: printable UTF-8 as it is, everything else escaped.
    mutating func escaped(_ bytes: RawSpan)
    mutating func address(_ address: IPv4Address)
    /// RFC 5952.
    mutating func address(_ address: IPv6Address)
    mutating func address(_ address: MACAddress)
}

extension TextSink where Self: ~Copyable {
    @inlinable
    public mutating func decimal(_ value: some BinaryInteger) {
        if value < 0 {
            write("-")
            decimal(UInt64(value.magnitude))
        } else {
            decimal(UInt64(truncatingIfNeeded: value))
        }
    }

    /// `0x` and lower-case hexadecimal.
    @inlinable
    public mutating func hexNumber(_ value: some BinaryInteger, digits: Int = 0) {
        write("0x")
        hex(UInt64(truncatingIfNeeded: value), digits: digits)
    }

    @inlinable
    public mutating func address(_ address: IPAddress) {
        switch address {
        case .v4(let address): self.address(address)
        case .v6(let address): self.address(address)
        }
    }

    /// A name, or the number where there is none.
    @inlinable
    public mutating func name(_ name: StaticString?, or value: some BinaryInteger) {
        if let name { write(name) } else { decimal(value) }
    }

    /// The beginning of a text off the wire, and a sign where it goes on.
    @inlinable
    public mutating func preview(_ text: RawSpan) {
        let end = text.previewLength
        escaped(text.clipped(from: 0, to: end))
        if end < text.byteCount { write("…") }
    }

    /// What is wrong with layer `index`, if it is noted as partial: ` [|dns]` where it was cut, ` [bad dns]` where it
    /// contradicts itself.
    @inlinable
    public mutating func fault(of index: Int, in packet: Packet) {
        guard packet.layers[index].traits.contains(.partial), let fault = packet.fault else { return }
        switch fault.reason {
        case .truncated, .tooShort: write(" [|")
        default: write(" [bad ")
        }
        write(packet.layers[index].kind.name)
        write("]")
    }

    /// Bytes as hexadecimal pairs with `separator` between them, if any.
    @inlinable
    public mutating func hexBytes(_ bytes: RawSpan, separator: StaticString = "") {
        for index in 0..<bytes.byteCount {
            if index > 0 { write(separator) }
            hex(UInt64(bytes.byte(at: index)), digits: 2)
        }
    }
}

extension RawSpan {
    /// Bytes of a text that a summary repeats: 64 at most, cut between characters.
    @inlinable var previewLength: Int {
        var end = min(byteCount, 64)
        // A UTF-8 character has up to three bytes after its first (RFC 3629 section 3).
        let earliest = end &- 3
        while end < byteCount, end > earliest, byte(at: end) & 0xc0 == 0x80 { end &-= 1 }
        return end
    }
}
