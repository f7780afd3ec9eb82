import Conversations
import PacketDecoding

/// A datagram to be cut into fragments by a script. Its payload begins with a UDP header that fits it.
struct WholeDatagram {
    var version = 4
    var identification: UInt32 = 7
    /// The last byte of the sender's address.
    var sender: UInt8 = 1
    var protocolNumber: UInt8 = 17
    /// IPv4: of the first fragment only. A multiple of four bytes.
    var options: [UInt8] = []
    /// IPv6: extension headers before the fragment header, the first of the type `firstExtension`, the last with the
    /// next header 44.
    var extensions: [UInt8] = []
    var firstExtension: UInt8 = 44
    var payload: [UInt8]

    /// - Parameter length: of the payload, UDP header included, in bytes.
    init(version: Int = 4, length: Int) {
        self.version = version
        payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251) }
        payload.replaceSubrange(0..<8, with: big(UInt16(1111)) + big(UInt16(2222)) + big(UInt16(length)) + [0, 0])
    }

    var linkType: LinkType { version == 4 ? .ipv4 : .ipv6 }

    /// The fragment from `start` to `end`; more follow unless it ends where the datagram does.
    ///
    /// - Parameters:
    ///   - more: the flag, where it is to lie.
    ///   - content: in place of the datagram's own bytes.
    func piece(_ start: Int, _ end: Int, more: Bool? = nil, content: [UInt8]? = nil) -> BuiltPacket {
        let bytes = content ?? Array(payload[start..<end])
        let more = more ?? (end < payload.count)
        if version == 4 {
            let options = start == 0 ? options : []
            var packet: [UInt8] = [0x45 + UInt8(options.count / 4), 0] + big(UInt16(20 + options.count + bytes.count))
            packet += big(UInt16(truncatingIfNeeded: identification))
            packet += big(UInt16(start / 8) | (more ? 0x2000 : 0)) + [64, protocolNumber, 0, 0]
            packet += [192, 0, 2, sender, 192, 0, 2, 200] + options + bytes
            return BuiltPacket(packet, linkType: .ipv4)
        }
        var packet: [UInt8] = [0x60, 0, 0, 0] + big(UInt16(extensions.count + 8 + bytes.count)) + [firstExtension, 64]
        packet += big(UInt64(0x2001_0db8) << 32) + big(UInt64(sender)) + big(UInt64(0x2001_0db8) << 32)
        packet += big(UInt64(200)) + extensions + [protocolNumber, 0]
        packet += big(UInt16(start) | (more ? 1 : 0)) + big(identification) + bytes
        return BuiltPacket(packet, linkType: .ipv6)
    }

    /// All fragments, `size` bytes each but the last.
    func pieces(of size: Int) -> [BuiltPacket] {
        stride(from: 0, to: payload.count, by: size).map { piece($0, min($0 + size, payload.count)) }
    }
}

extension BuiltPacket {
    /// This packet as the payload of another, from 198.51.100.`sender`.
    func tunnelled(sender: UInt8 = 1, identification: UInt16 = 99) -> WholeDatagram {
        var outer = WholeDatagram(length: 8)
        outer.identification = UInt32(identification)
        outer.sender = sender
        outer.protocolNumber = linkType == .ipv4 ? 4 : 41
        outer.payload = bytes
        return outer
    }
}

/// What a reassembler gave, copied.
struct Outcome: Equatable {
    var frame: Int
    var timestamp: Timestamp?
    var linkType: LinkType
    var wireLength: Int
    var bytes: [UInt8]
    var headerLength: Int
    var payloadLength: Int
    var fragmentCount: Int
    var firstFrame: Int
    var hasConflict: Bool
    var hasOverlap: Bool
    /// As the decoder finds them.
    var layers: [LayerKind] = []
    var isFragment = false
    /// Of the IPv4 header, where there is one.
    var headerChecksum: ChecksumStatus?

    init(_ whole: borrowing Reassembled) {
        let header = whole.frame.header
        frame = header.number
        timestamp = header.timestamp
        linkType = header.linkType
        wireLength = header.wireLength
        let span = whole.frame.bytes
        bytes = (0..<span.byteCount).map { span.byte(at: $0) }
        headerLength = whole.headerLength
        payloadLength = whole.payloadLength
        fragmentCount = whole.fragmentCount
        firstFrame = whole.firstFrame
        hasConflict = whole.hasConflict
        hasOverlap = whole.hasOverlap
        var decoder = PacketDecoder()
        let packet = decoder.decode(whole.frame)
        layers = packet.layers.indices.map { packet.layers[$0].kind }
        isFragment = packet.isFragment
        if let index = packet.firstIndex(of: .ipv4) {
            headerChecksum = IPv4Header.checksumStatus(at: index, of: packet)
        }
    }

    /// What was captured after the header.
    var payload: [UInt8] { Array(bytes.dropFirst(headerLength)) }
}

extension BuiltPacket {
    func reassemble(
        in reassembler: inout IPReassembler, number: Int = 1, timestamp: Timestamp? = nil
    ) -> Outcome? {
        decoded(number: number, timestamp: timestamp) { packet in
            guard let whole = reassembler.add(packet) else { return nil }
            return Outcome(whole)
        }
    }
}

/// Plays fragments to a reassembler, frames from 1 on, a microsecond apart: what came of each.
func play(_ pieces: [BuiltPacket], in reassembler: inout IPReassembler) -> [Outcome?] {
    var outcomes: [Outcome?] = []
    for (index, piece) in pieces.enumerated() {
        outcomes.append(
            piece.reassemble(
                in: &reassembler, number: index + 1, timestamp: Timestamp(rawValue: Int64(index) * 1000)))
    }
    return outcomes
}

/// What comes of the fragments, and the counts afterwards.
func play(_ pieces: [BuiltPacket]) -> (outcomes: [Outcome], statistics: ReassemblyStatistics, pending: Int) {
    var reassembler = IPReassembler(seed: 1)
    let outcomes = play(pieces, in: &reassembler).compactMap { $0 }
    return (outcomes, reassembler.statistics, reassembler.pendingCount)
}
