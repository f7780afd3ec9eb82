// Packets and bytes by protocol.

public import PacketDecoding

/// How many packets held each kind of layer.
public struct ProtocolCounts: Sendable {
    struct Count {
        var packets = 0
        /// Of the frames that held it, as on the wire.
        var bytes = 0
        /// The number of the last packet counted here, by order of counting.
        var lastPacket = 0

        /// Counts a packet once: a tunnel's holds a kind of layer more often.
        @inline(__always)
        mutating func add(_ length: Int, ofPacket packet: Int) {
            guard lastPacket != packet else { return }
            lastPacket = packet
            packets &+= 1
            bytes = bytes.addingClamped(length)
        }
    }

    /// By ``LayerKind``'s raw value.
    var kinds: [Count]
    var total = Count()
    /// Packets whose decoding ended with a fault.
    var faulty = Count()

    public init() {
        let highest = LayerKind.allCases.reduce(0) { max($0, Int($1.rawValue)) }
        kinds = Array(repeating: Count(), count: highest + 1)
    }

    /// Counts `packet` once for each kind of layer in it; layers of quoted packets don't count.
    public mutating func add(_ packet: Packet) {
        let bytes = packet.frame.wireLength
        total.packets &+= 1
        total.bytes = total.bytes.addingClamped(bytes)
        if packet.fault != nil {
            faulty.packets &+= 1
            faulty.bytes = faulty.bytes.addingClamped(bytes)
        }
        let number = total.packets
        var counts = kinds.mutableSpan
        for index in 0..<packet.layers.count {
            let layer = packet.layers[index]
            if layer.traits.contains(.quoted) { break }
            counts[Int(layer.kind.rawValue)].add(bytes, ofPacket: number)
        }
    }
}

extension Int {
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension ByteBuffer {
    /// A table for people: packets, their share, bytes, their share.
    public mutating func protocolTable(_ counts: ProtocolCounts) {
        write("protocol                         packets      %            bytes      %\n")
        for kind in LayerKind.allCases {
            protocolLine(kind.name, counts.kinds[Int(kind.rawValue)], of: counts.total)
        }
        protocolLine("with a fault", counts.faulty, of: counts.total)
        protocolLine("total", counts.total, of: counts.total, always: true)
    }

    private mutating func protocolLine(
        _ name: StaticString, _ count: ProtocolCounts.Count, of total: ProtocolCounts.Count, always: Bool = false
    ) {
        guard count.packets > 0 || always else { return }
        write(name)
        spaces(24 - name.utf8CodeUnitCount)
        column(16) { $0.grouped(count.packets) }
        column(7) { $0.percentage(count.packets, of: total.packets) }
        column(17) { $0.grouped(count.bytes) }
        column(7) { $0.percentage(count.bytes, of: total.bytes) }
        write("\n")
    }

    /// Text at the right edge of a column.
    private mutating func column(_ width: Int, _ write: (inout ByteBuffer) -> Void) {
        var text = ByteBuffer()
        write(&text)
        spaces(width - text.count)
        append(text.bytes)
    }

    /// With one decimal, rounded.
    private mutating func percentage(_ part: Int, of whole: Int) {
        let permille = whole > 0 ? Int((Double(part) * 1000 / Double(whole)).rounded()) : 0
        decimal(permille / 10)
        write(".")
        decimal(permille % 10)
    }

    /// JSON Lines: `{"record":"protocol","layer":"ipv4","packets":1,"bytes":60}`.
    public mutating func protocolRecords(_ counts: ProtocolCounts) {
        for kind in LayerKind.allCases {
            let count = counts.kinds[Int(kind.rawValue)]
            guard count.packets > 0 else { continue }
            write("{\"record\":\"protocol\",\"layer\":\"")
            write(kind.name)
            write("\",\"packets\":")
            decimal(count.packets)
            write(",\"bytes\":")
            decimal(count.bytes)
            write("}\n")
        }
    }
}
