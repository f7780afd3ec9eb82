// Packets and bytes by protocol.

public import PacketDecoding

/// How many packets held each kind of layer.
///
/// Most packets hold the same few sets of kinds: they are counted by set, and the sets are taken apart in the end.
public struct ProtocolCounts: Sendable {
    struct Count {
        var packets = 0
        /// Of the frames that held it, as on the wire.
        var bytes = 0

        @inline(__always)
        mutating func add(_ length: Int) {
            packets &+= 1
            bytes = bytes.addingClamped(length)
        }

        fileprivate mutating func add(_ other: Count) {
            packets &+= other.packets
            bytes = bytes.addingClamped(other.bytes)
        }
    }

    /// Packets that held exactly these kinds, a bit for each by ``LayerKind``'s raw value.
    private struct Tally {
        var kinds: UInt64 = 0
        var count = Count()

        func holds(_ kind: LayerKind) -> Bool { kinds &>> UInt64(kind.rawValue) & 1 != 0 }
    }

    /// At the place that its kinds' hash names; one that another set takes is counted first.
    private var tallies = InlineArray<256, Tally>(repeating: Tally())
    /// By ``LayerKind``'s raw value, of the tallies that gave way.
    private var kinds = [Count](repeating: Count(), count: 64)
    /// Packets whose decoding ended with a fault.
    private(set) var faulty = Count()
    private(set) var total = Count()

    public init() {}

    /// Counts `packet` once for each kind of layer in it; layers of quoted packets don't count.
    public mutating func add(_ packet: Packet) {
        let bytes = packet.frame.wireLength
        total.add(bytes)
        if packet.fault != nil { faulty.add(bytes) }
        var kinds: UInt64 = 0
        for index in 0..<packet.layers.count {
            let layer = packet.layers[index]
            if layer.traits.contains(.quoted) { break }
            kinds |= 1 &<< UInt64(layer.kind.rawValue)
        }
        // The product's upper bits depend on all bits of the set.
        let place = Int(truncatingIfNeeded: (kinds &* 0x9e37_79b9_7f4a_7c15) &>> 56)
        if tallies[place].kinds != kinds { giveWay(at: place, to: kinds) }
        tallies[place].count.add(bytes)
    }

    @inline(never)
    private mutating func giveWay(at place: Int, to kinds: UInt64) {
        let tally = tallies[place]
        for kind in LayerKind.allCases where tally.holds(kind) { self.kinds[Int(kind.rawValue)].add(tally.count) }
        tallies[place] = Tally(kinds: kinds)
    }

    /// By ``LayerKind``'s raw value.
    var byKind: [Count] {
        var counts = self
        for place in tallies.indices { counts.giveWay(at: place, to: 0) }
        return counts.kinds
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
        let byKind = counts.byKind
        for kind in LayerKind.allCases {
            protocolLine(kind.name, byKind[Int(kind.rawValue)], of: counts.total)
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
        let byKind = counts.byKind
        for kind in LayerKind.allCases {
            let count = byKind[Int(kind.rawValue)]
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
