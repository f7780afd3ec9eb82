import CLinux
import Glibc
public import PacketDecoding

/// Where a probe goes or comes from.
@frozen public struct ProbePeer: BitwiseCopyable, Hashable, Sendable {
    public let address: IPAddress
    /// Interface index of an IPv6 link-local address; 0 where there is no choice.
    public let scope: UInt32
    /// 0 for echo.
    public let port: UInt16

    public init(_ address: IPAddress, scope: UInt32 = 0, port: UInt16 = 0) {
        self.address = address
        self.scope = scope
        self.port = port
    }

    public init(_ address: SocketAddress) {
        self.init(address.endpoint.address, scope: address.scope, port: address.endpoint.port)
    }

    public var family: AddressFamily {
        if case .v4 = address { .v4 } else { .v6 }
    }

    init(_ peer: earshot_probe_peer) {
        address =
            peer.is_v6 != 0
            ? .v6(IPv6Address(high: peer.high, low: peer.low))
            : .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: peer.low)))
        scope = peer.scope
        port = peer.port
    }

    var raw: earshot_probe_peer {
        switch address {
        case .v4(let address):
            earshot_probe_peer(high: 0, low: UInt64(address.rawValue), scope: 0, port: port, is_v6: 0)
        case .v6(let address):
            earshot_probe_peer(high: address.high, low: address.low, scope: scope, port: port, is_v6: 1)
        }
    }
}

/// What the kernel tells beside the bytes it hands to a probe socket.
public struct ProbeArrival: Sendable {
    public enum Kind: Hashable, Sendable {
        /// A message of the peer.
        case message
        /// An ICMP error about one of the probes.
        case icmpError
        /// The kernel of this host refused to send a probe, and says why.
        case localError
        /// The probe numbered ``information`` went out.
        case sent
        case other
    }

    public var kind = Kind.message
    /// Who sent the message; of an error: where the probe at fault was going to.
    public var peer: ProbePeer
    /// Who reported an ICMP error.
    public var reporter: ProbePeer?
    /// When the kernel received it or sent the probe, CLOCK_REALTIME in nanoseconds; nil where it did not say.
    public var stamp: Int64?
    /// Hops left of what arrived; nil where the kernel did not say.
    public var hopLimit: UInt8?
    /// errno(3) of an error.
    public var errorNumber: Int32 = 0
    /// The path's MTU where an error is about that, or the number of the probe that was sent.
    public var information: UInt32 = 0
    /// Of an ICMP error.
    public var type: UInt8 = 0
    public var code: UInt8 = 0
    /// Where RFC 4884 extensions begin among the bytes; 0 where there are none.
    public var extensionOffset = 0
    /// Whether there were more bytes than were kept.
    public var isCut = false

    public init(from peer: ProbePeer) { self.peer = peer }
}

/// A socket that probes: ICMP echo or UDP, with the errors and times that the kernel knows. It does not block.
public struct ProbeSocket: ~Copyable {
    public enum Transport: Hashable, Sendable {
        /// Takes CAP_NET_RAW (raw(7)).
        case rawEcho
        /// Takes a group that `net.ipv4.ping_group_range` lists (icmp(7)).
        case datagramEcho
        case udp
    }

    /// Datagrams handed over in one call at most.
    public static let batch = Int(EARSHOT_PROBE_BATCH)

    public let family: AddressFamily
    public let transport: Transport
    /// The identifier of its echo messages, or its UDP port.
    public private(set) var identifier: UInt16

    private let socket: Descriptor
    private var draft: [UInt8] = []
    private var outBytes: [UInt8] = []
    private var out: [earshot_probe_out] = []
    private var flushed = 0
    private var messages: Received
    private var errors: Received
    private let stampsSending: Bool
    private var nextStamp: UInt32 = 0

    /// Opens and sets up the socket: everything that takes rights happens here.
    public init(_ family: AddressFamily, _ options: ProbeSocketOptions) throws(SocketError) {
        let (opened, transport) = try Self.open(family, options)
        let socket = Descriptor(owning: opened)
        let identifier = UInt16.random(in: 1...UInt16.max)
        let port = try Self.prepare(opened, family, transport, identifier, options)
        if options.stampsSending { try Self.stampSending(opened) }
        self.family = family
        self.transport = transport
        self.identifier = transport == .rawEcho ? identifier : port ?? 0
        stampsSending = options.stampsSending
        messages = Received(stride: max(128, options.longestMessage))
        // What an error quotes never fills more than the least MTU of IPv6 (RFC 4443 section 2.4).
        errors = Received(stride: 1280)
        self.socket = socket
    }

    /// Sets up an open socket.
    ///
    /// - Returns: the port it was bound to; nil where it was not bound.
    private static func prepare(
        _ descriptor: Int32, _ family: AddressFamily, _ transport: Transport, _ identifier: UInt16,
        _ options: ProbeSocketOptions
    ) throws(SocketError) -> UInt16? {
        let isV6: Int32 = family == .v6 ? 1 : 0
        func demand(_ code: Int32) throws(SocketError) {
            guard code == 0 else { throw SocketError(.configuring, options.subject, .system(code)) }
        }
        try demand(earshot_probe_prepare(descriptor, isV6, transport == .rawEcho ? 1 : 0))
        if transport == .rawEcho && !options.admitsStrangers {
            try demand(earshot_probe_keep_identifier(descriptor, isV6, identifier))
        }
        if let interface = options.interface {
            let code = unsafe earshot_probe_bind_interface(descriptor, interface)
            guard code == 0 else { throw SocketError(.configuring, "interface \(interface)", .system(code)) }
        }
        let hopLimit = options.hopLimit.map(Int32.init) ?? -1
        let trafficClass = options.trafficClass.map(Int32.init) ?? -1
        try demand(earshot_probe_set_header(descriptor, isV6, hopLimit, trafficClass))
        if let discovery = options.discovery {
            try demand(earshot_probe_set_discovery(descriptor, isV6, discovery.rawValue))
        }
        if let room = options.room { earshot_probe_set_room(descriptor, Int32(clamping: room)) }
        guard options.source != nil || transport != .rawEcho else { return nil }
        let unspecified = family == .v4 ? IPAddress.v4(IPv4Address(rawValue: 0)) : .v6(IPv6Address(high: 0, low: 0))
        var source = (options.source ?? ProbePeer(unspecified)).raw
        let port = unsafe earshot_probe_bind(descriptor, &source)
        guard port >= 0 else {
            throw SocketError(.binding, options.source?.address.presentation ?? options.subject, .system(-port))
        }
        return UInt16(truncatingIfNeeded: port)
    }

    /// A raw socket where that is allowed; else, where `options` does not insist, a datagram one.
    private static func open(
        _ family: AddressFamily, _ options: ProbeSocketOptions
    ) throws(SocketError) -> (Int32, Transport) {
        let isV6: Int32 = family == .v6 ? 1 : 0
        if options.isUDP {
            let result = earshot_probe_open(isV6, 0, 1)
            guard result >= 0 else { throw SocketError(.opening, options.subject, .system(-result)) }
            return (result, .udp)
        }
        // Without rights first: it is the smaller of the two.
        let datagram = options.prefersRaw ? -EPERM : earshot_probe_open(isV6, 0, 0)
        if datagram >= 0 { return (datagram, .datagramEcho) }
        let raw = earshot_probe_open(isV6, 1, 0)
        if raw >= 0 { return (raw, .rawEcho) }
        let second = options.prefersRaw ? earshot_probe_open(isV6, 0, 0) : datagram
        if second >= 0 { return (second, .datagramEcho) }
        throw SocketError(.probing, options.subject, .system(-raw))
    }

    /// For polling.
    public var descriptor: Int32 { socket.rawValue }

    private static func stampSending(_ descriptor: Int32) throws(SocketError) {
        let code = earshot_probe_stamp_sending(descriptor)
        guard code == 0 else { throw SocketError(.configuring, "a probe socket", .system(code)) }
    }
}

// MARK: Sending

extension ProbeSocket {
    /// Adds a datagram to those that the next ``flush()`` sends.
    ///
    /// - Parameter hopLimit: nil is the socket's own.
    public mutating func add(
        to peer: ProbePeer, length: Int, hopLimit: UInt8? = nil, fill: (inout MutableSpan<UInt8>) -> Void
    ) {
        let offset = outBytes.count
        if draft.count != length { draft = [UInt8](repeating: 0, count: length) }
        var message = draft.mutableSpan
        fill(&message)
        outBytes += draft
        out.append(
            earshot_probe_out(
                to: peer.raw, offset: UInt32(offset), length: UInt32(length),
                hop_limit: hopLimit.map(Int32.init) ?? -1))
    }

    /// Datagrams added and not sent yet.
    public var waiting: Int { out.count - flushed }

    /// What became of the datagrams that waited.
    public struct Sending: Hashable, Sendable {
        /// How many the kernel took, in order.
        public let accepted: Int
        /// Why it refused the one after them, which is dropped; 0 when all were accepted. EAGAIN and ENOBUFS drop
        /// none: try again later.
        public let errorNumber: Int32
        /// The number that the first of them will have in reports of ``ProbeArrival/Kind/sent``.
        public let firstStamp: UInt32
    }

    /// Sends the datagrams that were added, up to the first that is refused.
    public mutating func flush() -> Sending {
        let first = nextStamp
        var accepted = 0
        var hasRetried = false
        while flushed < out.count {
            let result = unsafe outBytes.withUnsafeBytes { bytes in
                unsafe out.withUnsafeBufferPointer { out in
                    unsafe earshot_probe_send(
                        socket.rawValue, bytes.baseAddress, out.baseAddress.map { unsafe $0 + flushed },
                        Int32(min(out.count - flushed, Self.batch)))
                }
            }
            if result >= 0 {
                accepted += Int(result)
                flushed += Int(result)
                nextStamp &+= UInt32(result)
                hasRetried = false
                continue
            }
            if result == -EAGAIN || result == -ENOBUFS {
                return Sending(accepted: accepted, errorNumber: -result, firstStamp: first)
            }
            // An ICMP error that an earlier probe caused is told to whatever call comes next, once.
            if !hasRetried {
                hasRetried = true
                continue
            }
            flushed += 1
            // The refused datagram may have taken a number or not: begin to count anew.
            if stampsSending {
                try? Self.stampSending(socket.rawValue)
                nextStamp = 0
            }
            forgetFlushed()
            return Sending(accepted: accepted, errorNumber: -result, firstStamp: first)
        }
        forgetFlushed()
        return Sending(accepted: accepted, errorNumber: 0, firstStamp: first)
    }

    private mutating func forgetFlushed() {
        guard flushed == out.count else { return }
        out.removeAll(keepingCapacity: true)
        outBytes.removeAll(keepingCapacity: true)
        flushed = 0
    }
}

// MARK: Receiving

extension ProbeSocket {
    /// Which of the kernel's two queues is read.
    public enum Queue: Sendable {
        case messages
        /// Errors, and the times of sending.
        case errors
    }

    /// Receives what is there, at most `limit` datagrams.
    ///
    /// - Returns: how many; ask for each with ``arrival(_:in:)`` and ``bytes(_:in:)``.
    public mutating func receive(_ queue: Queue, limit: Int = ProbeSocket.batch) throws(SocketError) -> Int {
        var result: Int32 = 0
        // A pending ICMP error fails a call once; what it says is in the error queue too.
        for _ in 0..<4 {
            result =
                queue == .messages
                ? messages.receive(socket.rawValue, limit: limit, isErrors: false)
                : errors.receive(socket.rawValue, limit: limit, isErrors: true)
            if result >= 0 { return Int(result) }
            if result == -EAGAIN { return 0 }
        }
        if Self.aboutProbes.contains(-result) { return 0 }
        throw SocketError(.receiving, "a probe socket", .system(-result))
    }

    /// Errors of a receive that say something of an earlier probe and nothing of the socket.
    private static let aboutProbes: Set<Int32> = [
        ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, EMSGSIZE, EPROTO, EACCES, ENOPROTOOPT, EOPNOTSUPP, ENONET,
        ENETDOWN,
    ]

    /// What the kernel told beside datagram `index` of the last receive from `queue`.
    public func arrival(_ index: Int, in queue: Queue) -> ProbeArrival {
        guard queue == .messages else { return ProbeArrival(errors.arrivals[index]) }
        var arrival = ProbeArrival(messages.arrivals[index])
        if transport == .rawEcho && family == .v4, messages.arrivals[index].length >= 20 {
            // The time to live, RFC 791 section 3.1.
            arrival.hopLimit = unsafe messages.bytes(index).unsafeLoad(fromByteOffset: 8, as: UInt8.self)
        }
        return arrival
    }

    /// The bytes of datagram `index` of the last receive from `queue`: a message from the IP header on where
    /// ``transport`` is raw IPv4; else, and of an error always, from the ICMP header on, or, of UDP, the payload.
    @_lifetime(borrow self)
    public func bytes(_ index: Int, in queue: Queue) -> RawSpan {
        switch queue {
        case .messages: messages.bytes(index)
        case .errors: errors.bytes(index)
        }
    }
}

/// What one receive gave.
private struct Received {
    private let stride: Int
    private var bytes: [UInt8]
    private(set) var arrivals: [earshot_probe_in]

    init(stride: Int) {
        self.stride = stride
        // Room for a batch, but no more than that of a few of the longest messages.
        let slots = max(4, min(ProbeSocket.batch, (1 << 18) / stride))
        bytes = [UInt8](repeating: 0, count: stride * slots)
        arrivals = [earshot_probe_in](repeating: earshot_probe_in(), count: slots)
    }

    mutating func receive(_ descriptor: Int32, limit: Int, isErrors: Bool) -> Int32 {
        unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe arrivals.withUnsafeMutableBufferPointer { arrivals in
                unsafe earshot_probe_receive(
                    descriptor, bytes.baseAddress, stride, arrivals.baseAddress,
                    Int32(min(max(1, limit), arrivals.count)), isErrors ? 1 : 0)
            }
        }
    }

    @_lifetime(borrow self)
    func bytes(_ index: Int) -> RawSpan {
        let start = index * stride
        return unsafe bytes.span.bytes.extracting(start..<start + Int(arrivals[index].length))
    }
}

extension ProbeArrival {
    fileprivate init(_ raw: earshot_probe_in) {
        self.init(from: ProbePeer(raw.from))
        switch UInt32(raw.kind) {
        case EARSHOT_PROBE_MESSAGE.rawValue: kind = .message
        case EARSHOT_PROBE_ICMP_ERROR.rawValue:
            kind = .icmpError
            reporter = ProbePeer(raw.offender)
        case EARSHOT_PROBE_LOCAL_ERROR.rawValue: kind = .localError
        case EARSHOT_PROBE_SENT.rawValue: kind = .sent
        default: kind = .other
        }
        stamp = raw.stamp == 0 ? nil : raw.stamp
        hopLimit = raw.hop_limit < 0 ? nil : UInt8(truncatingIfNeeded: raw.hop_limit)
        errorNumber = raw.error
        information = raw.info
        type = raw.type
        code = raw.code
        extensionOffset = Int(raw.extension_offset)
        isCut = raw.whole_length > raw.length
    }
}
