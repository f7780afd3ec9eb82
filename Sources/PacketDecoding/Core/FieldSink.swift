/// Where protocols describe their fields: one description serves the JSON writer and the verbose tree.
///
/// Names are the JSON schema's. A `meaning` is what a person reads beside the value (`"port unreachable"`).
public protocol FieldSink: ~Copyable {
    mutating func number(_ name: StaticString, _ value: UInt64, meaning: StaticString?)
    /// A number people read in hexadecimal, zero-padded to `digits`; in JSON a number like any other.
    mutating func hexNumber(_ name: StaticString, _ value: UInt64, digits: Int, meaning: StaticString?)
    mutating func boolean(_ name: StaticString, _ value: Bool)
    /// A word from a fixed list.
    mutating func word(_ name: StaticString, _ value: StaticString)
    mutating func address(_ name: StaticString, _ value: IPv4Address)
    mutating func address(_ name: StaticString, _ value: IPv6Address)
    mutating func address(_ name: StaticString, _ value: MACAddress)
    /// A link-layer or unknown address: colon-separated hexadecimal pairs.
    mutating func address(_ name: StaticString, bytes: RawSpan)
    /// Raw bytes: lower-case hexadecimal.
    mutating func bytes(_ name: StaticString, _ value: RawSpan)
    /// Text off the wire, escaped by the sink.
    mutating func text(_ name: StaticString, _ value: RawSpan)
    /// Text that has its escapes already, backslashes before what they stand for: they are not escaped once more.
    mutating func textWithEscapes(_ name: StaticString, _ value: RawSpan)
    /// `checksum` and `checksum_status`.
    mutating func checksum(_ stored: UInt16, _ status: ChecksumStatus)

    /// Opens an array of words or of items.
    mutating func beginList(_ name: StaticString)
    mutating func listWord(_ word: StaticString)
    /// Opens an item with fields of its own, called `title` where people read it.
    mutating func beginItem(_ title: StaticString)
    mutating func endItem()
    mutating func endList()
}

extension FieldSink where Self: ~Copyable {
    @inlinable
    public mutating func textWithEscapes(_ name: StaticString, _ value: RawSpan) { text(name, value) }

    @inlinable
    public mutating func number(_ name: StaticString, _ value: some BinaryInteger, meaning: StaticString? = nil) {
        number(name, UInt64(truncatingIfNeeded: value), meaning: meaning)
    }

    @inlinable
    public mutating func hexNumber(
        _ name: StaticString, _ value: some BinaryInteger, digits: Int, meaning: StaticString? = nil
    ) {
        hexNumber(name, UInt64(truncatingIfNeeded: value), digits: digits, meaning: meaning)
    }

    @inlinable
    public mutating func checksum(_ stored: UInt16, _ status: ChecksumStatus) {
        hexNumber("checksum", UInt64(stored), digits: 4, meaning: nil)
        word("checksum_status", status.name)
    }
}
