/// The frames that are measured, of one kind each.
enum SampleFrames {
    /// Of each kind, from as many hosts.
    static let count = 1024

    static let kinds: [(name: String, frames: FrameSet)] = [
        ("ethernet, unknown type", FrameSet(count) { Build.ethernet(0x88b5, [UInt8(truncatingIfNeeded: $0)]) }),
        ("arp", FrameSet(count) { Build.ethernet(0x0806, arp($0)) }),
        ("ipv4, unknown protocol", ipv4(253) { _ in text(40) }),
        ("two vlan tags, ipv4, unknown protocol", ipv4(253, tags: [100, 200]) { _ in text(40) }),
        ("ipv6, unknown protocol", ipv6(253) { _ in text(40) }),
        ("ipv4, icmp echo", ipv4(1) { Build.icmp(8, Build.word($0) + [0, 1] + text(56)) }),
        ("ipv4, icmp error, quoted udp", ipv4(1) { Build.icmp(3, code: 3, [0, 0, 0, 0] + datagram($0)) }),
        ("ipv4, udp", ipv4(17) { Build.udp(text(100), to: 30053, addresses: Build.ends4($0)) }),
        ("ipv4, udp, dns", ipv4(17) { Build.udp(dns($0), to: 53, addresses: Build.ends4($0)) }),
        ("ipv4, first fragment of udp", fragments()),
        ("ipv6, hop-by-hop, destination options, udp", ipv6(0) { extended($0) }),
        ("ipv4, tcp", ipv4(6) { segment(Build.ends4($0), to: 30080, text(500)) }),
        ("ipv6, tcp", ipv6(6) { segment(Build.ends6($0), to: 30080, text(500)) }),
        ("ipv4, tcp, tls", ipv4(6) { segment(Build.ends4($0), to: 443, [23, 3, 3, 1, 244] + text(500)) }),
        ("ipv4, tcp, http", ipv4(6) { segment(Build.ends4($0), to: 80, http) }),
    ]

    /// Conversations of a handshake, `requests` segments each way and a FIN, under way at the same time.
    static func conversations(_ number: Int, requests: Int) -> FrameSet {
        var frames = FrameSet()
        func add(_ host: Int, _ flags: UInt8, _ sequence: Int, _ acknowledgment: Int, isReply: Bool, _ payload: [UInt8])
        {
            let ends = Build.ends4(host, isReply)
            let segment = Build.tcp(
                flags, sequence: sequence, acknowledgment: acknowledgment, isReply: isReply, addresses: ends, payload)
            frames.append(Build.ethernet(0x0800, Build.ipv4(6, segment, host: host, isReply: isReply)))
        }
        for host in 0..<number { add(host, 2, 1, 0, isReply: false, []) }
        for host in 0..<number { add(host, 18, 1, 2, isReply: true, []) }
        for request in 0..<requests {
            let offset = 2 + request * 100
            for host in 0..<number { add(host, 24, offset, offset, isReply: false, text(100)) }
            for host in 0..<number { add(host, 24, offset, offset + 100, isReply: true, text(100)) }
        }
        let end = 2 + requests * 100
        for host in 0..<number { add(host, 17, end, end, isReply: false, []) }
        return frames
    }

    /// A packet of each of many conversations.
    static func strangers(_ number: Int) -> FrameSet {
        FrameSet(number) { host in
            Build.ethernet(
                0x0800, Build.ipv4(17, Build.udp(text(20), to: 30053, addresses: Build.ends4(host)), host: host))
        }
    }

    /// A long stream in segments of 1448 bytes; of every `lossDistance` one comes eight later.
    static func stream(_ segments: Int, lossDistance: Int = .max) -> FrameSet {
        var order = Array(0..<segments)
        for index in order.indices where index % lossDistance == lossDistance - 1 && index + 8 < segments {
            order.insert(order.remove(at: index), at: index + 8)
        }
        var frames = FrameSet()
        let (there, back) = (Build.ends4(7), Build.ends4(7, true))
        let opening = Build.tcp(2, sequence: 1, acknowledgment: 0, addresses: there)
        let answer = Build.tcp(18, sequence: 1, acknowledgment: 2, isReply: true, addresses: back)
        frames.append(Build.ethernet(0x0800, Build.ipv4(6, opening, host: 7)))
        frames.append(Build.ethernet(0x0800, Build.ipv4(6, answer, host: 7, isReply: true)))
        let payload = text(1448)
        for index in order {
            let segment = Build.tcp(
                16, sequence: 2 + index * 1448, acknowledgment: 2, isReply: true, addresses: back, payload)
            frames.append(Build.ethernet(0x0800, Build.ipv4(6, segment, host: 7, isReply: true)))
        }
        return frames
    }

    private static func ipv4(_ transport: Int, tags: [Int] = [], _ payload: (Int) -> [UInt8]) -> FrameSet {
        FrameSet(count) { Build.ethernet(0x0800, Build.ipv4(transport, payload($0), host: $0), tags: tags) }
    }

    private static func ipv6(_ next: Int, _ payload: (Int) -> [UInt8]) -> FrameSet {
        FrameSet(count) { Build.ethernet(0x86dd, Build.ipv6(next, payload($0), host: $0)) }
    }

    private static func segment(_ ends: [UInt8], to port: Int, _ payload: [UInt8]) -> [UInt8] {
        Build.tcp(24, sequence: 1000, acknowledgment: 2000, to: port, addresses: ends, payload)
    }

    private static func fragments() -> FrameSet {
        FrameSet(count) { host in
            let whole = Build.udp(text(2000), to: 2049, addresses: Build.ends4(host))
            return Build.ethernet(0x0800, Build.ipv4(17, Array(whole[..<1480]), host: host, fragment: 0x2000))
        }
    }

    private static func arp(_ host: Int) -> [UInt8] {
        let ends = Build.ends4(host)
        return [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1] + ends[..<4] + [0, 0, 0, 0, 0, 0] + ends[4...]
    }

    private static func datagram(_ host: Int) -> [UInt8] {
        Build.ipv4(17, Build.udp(text(12), to: 33434, addresses: Build.ends4(host)), host: host)
    }

    private static func extended(_ host: Int) -> [UInt8] {
        [60, 0, 5, 2, 0, 0, 1, 0, 17, 0, 1, 4, 0, 0, 0, 0]
            + Build.udp(text(100), to: 30053, addresses: Build.ends6(host))
    }

    private static func dns(_ host: Int) -> [UInt8] {
        Build.word(host) + [1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + [3] + Array("www".utf8) + [7] + Array("example".utf8) + [0]
            + [0, 1, 0, 1]
    }

    private static let http = Array("GET /index.html HTTP/1.1\r\nHost: www.example.test\r\nAccept: */*\r\n\r\n".utf8)

    private static func text(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(97 + $0 % 26) } }
}
