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

    /// Bytes as hexadecimal pairs with `separator` between them, if any.
    @inlinable
    public mutating func hexBytes(_ bytes: RawSpan, separator: StaticString = "") {
        for index in 0..<bytes.byteCount {
            if index > 0 { write(separator) }
            hex(UInt64(bytes.byte(at: index)), digits: 2)
        }
    }
}
