import ArgumentParser
import Glibc
import Host
import PacketCapture
import PacketDecoding
import Probes
import Sockets

/// What ping, trace and sweep have in common.
struct ProbeOptions: ParsableArguments {
    @Flag(name: .customShort("4"), help: "IPv4 only.")
    var onlyIPv4 = false

    @Flag(name: .customShort("6"), help: "IPv6 only.")
    var onlyIPv6 = false

    @Option(
        name: .customShort("I", allowingJoined: true),
        help: ArgumentHelp("Interface or source address.", valueName: "IFACE|ADDRESS"))
    var source: String?

    @Option(
        name: .customShort("Q", allowingJoined: true),
        help: ArgumentHelp("Traffic class, 0 to 255, also as 0x…", valueName: "TOS"))
    var trafficClass: String?

    @Option(help: ArgumentHelp("text, or json: JSON Lines.", valueName: "FORMAT"))
    var format: OutputFormat = .text

    @Flag(help: "Print the frames it causes, captured on the wire, between its own lines.")
    var show = false

    mutating func validate() throws {
        if onlyIPv4 && onlyIPv6 { throw ValidationError("-4 and -6: give one of them") }
        if let trafficClass, Self.byte(trafficClass) == nil {
            throw ValidationError("-Q \(trafficClass): 0 to 255 is wanted, or 0x00 to 0xff")
        }
        if show && format == .json { throw ValidationError("--show and --format json: give one of them") }
    }

    private static func byte(_ text: String) -> UInt8? {
        text.hasPrefix("0x") ? UInt8(text.dropFirst(2), radix: 16) : UInt8(text)
    }

    var family: AddressFamily? { onlyIPv4 ? .v4 : onlyIPv6 ? .v6 : nil }

    /// The interface that `-I` names, by the kernel's first name for it; nil where it gives an address or is not there.
    var interface: String? {
        guard let source, IPAddress(presentation: source) == nil else { return nil }
        return (try? NetworkInterface.named(source))?.name ?? source
    }

    /// - Parameter subject: whom the probes go to, for messages.
    func socketOptions(_ subject: String) throws(Failure) -> ProbeSocketOptions {
        var options = ProbeSocketOptions(subject: subject)
        options.trafficClass = trafficClass.flatMap(Self.byte)
        if let source {
            if let address = IPAddress(presentation: source) {
                options.source = ProbePeer(address)
            } else {
                do { options.interface = try NetworkInterface.named(source).name } catch {
                    throw Failure(probe: "\(error)")
                }
            }
        }
        return options
    }

    /// The first address of a host.
    func resolve(_ host: String) throws(Failure) -> ProbePeer {
        do throws(SocketError) {
            let addresses = try StopSignals.endingAtOnce { () throws(SocketError) in
                try Resolver.resolve(host, port: 0, family: sourceFamily ?? family)
            }
            guard let address = addresses.first else {
                throw SocketError(.resolving, host, .resolver(EAI_NONAME))
            }
            return ProbePeer(address)
        } catch {
            throw Failure(probe: error.description)
        }
    }

    /// A source address of one version goes to no host of the other.
    private var sourceFamily: AddressFamily? {
        switch source.flatMap(IPAddress.init(presentation:)) {
        case .v4?: .v4
        case .v6?: .v6
        case nil: nil
        }
    }

    /// The route to a host; its absence is told before anything is sent.
    func route(to peer: ProbePeer) throws(Failure) -> ProbeRoute {
        if let interface {
            let chosen: NetworkInterface
            do { chosen = try NetworkInterface.named(interface) } catch { throw Failure(probe: "\(error)") }
            // The kernel would only say that there is no route.
            guard chosen.isUp else {
                throw Failure(probe: "sending through \(interface): Network is down; ip link set \(interface) up")
            }
        }
        do { return try ProbeRoute(to: peer, interface: interface) } catch {
            throw Failure(probe: error.description)
        }
    }
}

extension Failure {
    /// Probes that could not be sent: status 2, as ping(8) has it, because 1 says that nobody answered.
    init(probe message: String) { self.init(message, status: ExitStatus.usage) }
}

/// A time in seconds, given with fractions, as nanoseconds; nil out of range.
func nanoseconds(_ seconds: Double, from least: Double = 0, to most: Double = 1e9) -> Int64? {
    guard seconds >= least, seconds <= most else { return nil }
    return Int64((seconds * 1e9).rounded())
}

/// Signals of a probing command, caught from here on.
func catchProbeSignals() throws(Failure) {
    do {
        try StopSignals.install()
        try StopSignals.catchQuit()
    } catch {
        throw Failure(error)
    }
}

/// Nothing more is to be opened: rights go, but for sending probes.
func confineProbes(to sockets: [Int32], showing packetSockets: [Int32]) throws(Failure) {
    rememberInterfaceNames()
    do throws(Failure) {
        try Lockdown().enter(packetSockets: packetSockets, sendingSockets: sockets)
    } catch {
        throw Failure(probe: error.message)
    }
}
