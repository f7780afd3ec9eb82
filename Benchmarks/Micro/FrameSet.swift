import PacketDecoding

/// Frames in memory, one behind the other.
struct FrameSet {
    private(set) var bytes: [UInt8] = []
    private(set) var ranges: [Range<Int>] = []

    var count: Int { ranges.count }

    init() {}

    /// As many frames as `count`, made from their numbers.
    init(_ count: Int, _ frame: (Int) -> [UInt8]) {
        for number in 0..<count { append(frame(number)) }
    }

    mutating func append(_ frame: [UInt8]) {
        ranges.append(bytes.count..<bytes.count + frame.count)
        bytes += frame
    }

    /// Hands every frame to `body`, 20 microseconds after the one before.
    func forEach(_ body: (Frame) -> Void) {
        let all = unsafe bytes.span.bytes
        for index in ranges.indices {
            let range = ranges[index]
            let time = Timestamp(rawValue: 1_700_000_000_000_000_000 &+ Int64(index) &* 20_000)
            let header = FrameHeader(
                number: index &+ 1, timestamp: time, wireLength: range.count, linkType: .ethernet)
            body(Frame(all.extracting(range), header: header))
        }
    }
}

/// Packets byte by byte, checksums right.
enum Build {
    static func word(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }

    static func ethernet(_ type: Int, _ payload: [UInt8], tags: [Int] = []) -> [UInt8] {
        var frame: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]
        for (index, tag) in tags.enumerated() { frame += word(index + 1 < tags.count ? 0x88a8 : 0x8100) + word(tag) }
        frame += word(type) + payload
        return frame + [UInt8](repeating: 0, count: max(0, 60 - frame.count))
    }

    static func ipv4(_ transport: Int, _ payload: [UInt8], host: Int, isReply: Bool = false, fragment: Int = 0x4000)
        -> [UInt8]
    {
        let addresses = ends4(host, isReply)
        var header: [UInt8] = [0x45, 0] + word(20 + payload.count) + word(host & 0xffff) + word(fragment)
        header += [64, UInt8(transport), 0, 0] + addresses
        return patched(header, at: 10, checksum(header)) + payload
    }

    static func ipv6(_ next: Int, _ payload: [UInt8], host: Int, isReply: Bool = false) -> [UInt8] {
        [0x60, 0, 0, 0] + word(payload.count) + [UInt8(next), 64] + ends6(host, isReply) + payload
    }

    static func udp(_ payload: [UInt8], to port: Int, addresses: [UInt8]) -> [UInt8] {
        let datagram = word(40000) + word(port) + word(8 + payload.count) + [0, 0] + payload
        return patched(datagram, at: 6, checksum(datagram, addresses, 17))
    }

    /// A segment of a conversation whose client is on port 40000; numbers count from 1.
    static func tcp(
        _ flags: UInt8, sequence: Int, acknowledgment: Int, to port: Int = 443, isReply: Bool = false,
        addresses: [UInt8], _ payload: [UInt8] = []
    ) -> [UInt8] {
        var segment = isReply ? word(port) + word(40000) : word(40000) + word(port)
        segment += word(sequence >> 16) + word(sequence) + word(acknowledgment >> 16) + word(acknowledgment)
        segment += [0x80, flags] + word(501) + [0, 0, 0, 0, 1, 1, 8, 10, 0, 0, 3, 232, 0, 0, 3, 231] + payload
        return patched(segment, at: 16, checksum(segment, addresses, 6))
    }

    static func icmp(_ type: UInt8, code: UInt8 = 0, _ rest: [UInt8]) -> [UInt8] {
        let message = [type, code, 0, 0] + rest
        return patched(message, at: 2, checksum(message))
    }

    /// Addresses of a host numbered up to 2^24 and of its server.
    static func ends4(_ host: Int, _ isReply: Bool = false) -> [UInt8] {
        let client: [UInt8] = [10, UInt8(host >> 16 & 255), UInt8(host >> 8 & 255), UInt8(host & 255)]
        let server: [UInt8] = [198, 18, 0, UInt8(host % 64)]
        return isReply ? server + client : client + server
    }

    static func ends6(_ host: Int, _ isReply: Bool = false) -> [UInt8] {
        let client = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 9) + ends4(host)[1..<4]
        let server = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
        return isReply ? server + client : client + server
    }

    /// RFC 1071, over the pseudo header too where there is one.
    private static func checksum(_ bytes: [UInt8], _ addresses: [UInt8] = [], _ transport: Int? = nil) -> Int {
        var sum = transport.map { $0 + bytes.count } ?? 0
        for part in [addresses, bytes] {
            for index in part.indices { sum += Int(part[index]) << (index % 2 == 0 ? 8 : 0) }
        }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return 0xffff - sum
    }

    private static func patched(_ bytes: [UInt8], at offset: Int, _ value: Int) -> [UInt8] {
        var bytes = bytes
        bytes.replaceSubrange(offset..<offset + 2, with: word(value))
        return bytes
    }
}
