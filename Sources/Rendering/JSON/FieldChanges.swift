// What a packet's network and ICMP or UDP headers say, and what has changed against the packet before.

public import PacketDecoding

/// Writes the fields of one packet after another: of the first all, of the others those that differ from the packet
/// before it.
public struct FieldChanges: Sendable {
    private var previous: [String: String] = [:]

    public init() {}

    /// Writes a line for each layer that has something to say.
    public mutating func write(_ packet: Packet, to buffer: inout ByteBuffer) {
        var current: [String: String] = [:]
        for index in 0..<packet.layers.count {
            let layer = packet.layers[index]
            switch layer.kind {
            case .ipv4, .ipv6, .icmp, .icmpv6, .udp: break
            default: continue
            }
            var sink = ChangedFields(
                prefix: "\(layer.traits.contains(.quoted) ? "quoted " : "")\(layer.kind.name)", previous)
            packet.describe(index, to: &sink)
            let (line, fields) = sink.finish()
            current.merge(fields) { $1 }
            if line.isEmpty { continue }
            buffer.write("  |    ")
            buffer.escaped(line)
            buffer.write("\n")
        }
        previous = current
    }
}

/// The fields of one layer, as text.
private struct ChangedFields: FieldSink {
    private let prefix: String
    private let previous: [String: String]
    private var fields: [String: String] = [:]
    private var line = ""
    private var depth = 0

    init(prefix: String, _ previous: [String: String]) {
        self.prefix = prefix
        self.previous = previous
    }

    func finish() -> (line: String, fields: [String: String]) {
        (line.isEmpty ? "" : "\(prefix): \(line)", fields)
    }

    private mutating func note(_ name: StaticString, _ value: String) {
        guard depth == 0 else { return }
        let key = "\(prefix) \(name)"
        fields[key] = value
        let before = previous[key]
        if before == value { return }
        line += (line.isEmpty ? "" : ", ") + "\(name) "
        line += before.map { "\($0) -> \(value)" } ?? value
    }

    private func with(_ meaning: StaticString?, _ value: String) -> String {
        meaning.map { "\(value) (\($0))" } ?? value
    }

    private func text(_ write: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer()
        write(&buffer)
        return unsafe buffer.bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    mutating func number(_ name: StaticString, _ value: UInt64, meaning: StaticString?) {
        note(name, with(meaning, "\(value)"))
    }
    mutating func hexNumber(_ name: StaticString, _ value: UInt64, digits: Int, meaning: StaticString?) {
        note(name, with(meaning, "0x" + text { $0.hex(value, digits: digits) }))
    }
    mutating func boolean(_ name: StaticString, _ value: Bool) { note(name, value ? "yes" : "no") }
    mutating func word(_ name: StaticString, _ value: StaticString) { note(name, "\(value)") }
    mutating func address(_ name: StaticString, _ value: IPv4Address) { note(name, text { $0.address(value) }) }
    mutating func address(_ name: StaticString, _ value: IPv6Address) { note(name, text { $0.address(value) }) }
    mutating func address(_ name: StaticString, _ value: MACAddress) { note(name, text { $0.address(value) }) }
    mutating func address(_ name: StaticString, bytes: RawSpan) {}
    mutating func bytes(_ name: StaticString, _ value: RawSpan) {}
    mutating func text(_ name: StaticString, _ value: RawSpan) {}
    mutating func beginList(_ name: StaticString) { depth += 1 }
    mutating func listWord(_ word: StaticString) {}
    mutating func beginItem(_ title: StaticString) {}
    mutating func endItem() {}
    mutating func endList() { depth -= 1 }
}
