import CLinux
import Glibc
public import PacketDecoding

/// How a probe socket is opened.
public struct ProbeSocketOptions: Sendable {
    /// Whether the kernel may split what is too long, and whether it minds the path MTU it knows (ip(7),
    /// IP_MTU_DISCOVER).
    public enum Discovery: Int32, Sendable {
        /// Routers may split.
        case dont
        /// Splits here what the known path MTU does not carry.
        case want
        /// Splits nowhere; what the known path MTU does not carry is refused.
        case `do`
        /// As `do`, but minds only the interface's MTU.
        case probe
    }

    /// Whom it is for, in messages.
    public var subject: String
    /// UDP instead of echo.
    public var isUDP = false
    /// A raw socket first, and a datagram one only where that is refused.
    public var prefersRaw = false
    /// The interface to send through (SO_BINDTODEVICE, socket(7)).
    public var interface: String?
    public var source: ProbePeer?
    public var hopLimit: UInt8?
    public var trafficClass: UInt8?
    public var discovery: Discovery?
    /// Bytes kept of a message.
    public var longestMessage = 2048
    /// Bytes that may wait to be read; nil is the system's default.
    public var room: Int?
    /// Whether the kernel reports when each probe went out.
    public var stampsSending = false

    /// Whether a raw socket also takes the replies that other programs of this host wait for. To keep them out costs
    /// every reply a little.
    public var admitsStrangers = false

    public init(subject: String) { self.subject = subject }
}

/// What the kernel would do with a packet.
public struct ProbeRoute: Hashable, Sendable {
    /// The source address it would have.
    public let source: IPAddress
    /// The path MTU known so far, in bytes; nil where the kernel does not say.
    public let mtu: Int?

    /// Asks the routing table; nothing is sent.
    public init(to peer: ProbePeer, interface: String? = nil) throws(SocketError) {
        var target = peer.raw
        var source = earshot_probe_peer()
        var mtu: Int32 = 0
        let code =
            if let interface {
                unsafe earshot_probe_route(&target, interface, &source, &mtu)
            } else {
                unsafe earshot_probe_route(&target, nil, &source, &mtu)
            }
        guard code == 0 else { throw SocketError(.connecting, peer.address.presentation, .system(code)) }
        self.source = ProbePeer(source).address
        self.mtu = mtu > 0 ? Int(mtu) : nil
    }
}

/// Waiting for probes' answers, and the clocks they are measured with.
public enum ProbeClocks {
    /// CLOCK_MONOTONIC, in nanoseconds.
    public static var monotonic: Int64 { earshot_probe_monotonic() }

    /// CLOCK_MONOTONIC and CLOCK_REALTIME, in nanoseconds, read together.
    public static func read() -> (monotonic: Int64, realtime: Int64) {
        var monotonic: Int64 = 0
        var realtime: Int64 = 0
        unsafe earshot_probe_clocks(&monotonic, &realtime)
        return (monotonic, realtime)
    }

    /// Waits until one of the descriptors can be read; -1 stands for none.
    ///
    /// - Parameter nanoseconds: 0 only looks, a negative number waits for ever.
    /// - Returns: a bit for each descriptor; 0 when the time is up or a signal came.
    public static func wait(
        _ first: Int32, _ second: Int32 = -1, wake: Int32 = -1, user: Int32 = -1, nanoseconds: Int64
    ) throws(SocketError) -> Int32 {
        let descriptors: InlineArray<4, Int32> = [first, second, wake, user]
        let result = unsafe descriptors.span.withUnsafeBufferPointer { buffer in
            unsafe earshot_probe_wait(buffer.baseAddress, 4, nanoseconds)
        }
        guard result >= 0 else { throw SocketError(.polling, "probe sockets", .system(-result)) }
        return result
    }
}
