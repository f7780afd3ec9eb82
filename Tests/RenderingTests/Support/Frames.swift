import PacketDecoding

@testable import Rendering

/// Frames built by hand, byte by byte.
enum Frames {
    static let link: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]

    static func ethernet(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
        link + [UInt8(type >> 8), UInt8(type & 0xff)] + payload
    }

    /// 10.0.0.1 to 10.0.0.2.
    static func ipv4(
        _ proto: UInt8, _ payload: [UInt8], fragment: UInt16 = 0, totalLength: Int? = nil, headerWords: UInt8 = 5
    ) -> [UInt8] {
        let length = totalLength ?? 20 + payload.count
        return [
            0x40 | headerWords, 0, UInt8(length >> 8), UInt8(length & 0xff), 0, 1, UInt8(fragment >> 8),
            UInt8(fragment & 0xff), 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        ] + payload
    }

    /// 2001:db8::1 to 2001:db8::2.
    static func ipv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let address: [UInt8] = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        return [0x60, 0, 0, 0, UInt8(payload.count >> 8), UInt8(payload.count & 0xff), next, 64]
            + address + [1] + address + [2] + payload
    }

    /// Port 1234 to port 5678.
    static func udp(_ payload: [UInt8]) -> [UInt8] {
        let length = 8 + payload.count
        return [0x04, 0xd2, 0x16, 0x2e, UInt8(length >> 8), UInt8(length & 0xff), 0, 0] + payload
    }
}

/// Decodes `bytes` and hands the packet to `body`.
func withPacket(
    _ bytes: [UInt8], number: Int = 1, at time: Timestamp? = Timestamp(rawValue: 0), linkType: LinkType = .ethernet,
    wireLength: Int? = nil, _ body: (Packet) -> Void
) {
    var decoder = PacketDecoder()
    let header = FrameHeader(
        number: number, timestamp: time, wireLength: wireLength ?? bytes.count, linkType: linkType)
    body(decoder.decode(Frame(bytes.span.raw, header: header)))
}
