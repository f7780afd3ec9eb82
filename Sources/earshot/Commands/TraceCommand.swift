import ArgumentParser
import Host
import PacketCapture
import PacketDecoding
import Probes
import Rendering
import Sockets

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "The hops to a host, all probed at once; its path MTU.",
        usage: "earshot trace [options] HOST",
        discussion: "Status 0 when the host was reached, 1 when not, 2 on any other error.")

    @Flag(help: "UDP probes instead of ICMP echo.")
    var udp = false

    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp("UDP probes go to this port and those after it.", valueName: "N"))
    var port: UInt16 = 33_434

    @Option(
        name: .customShort("m", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Hops at most, 1 to 255.", valueName: "N"))
    var lastHop = 30

    @Option(
        name: .customShort("f", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("The first hop.", valueName: "N"))
    var firstHop = 1

    @Option(
        name: .customShort("q", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Probes to each hop.", valueName: "N"))
    var probes = 3

    @Option(
        name: .customShort("W", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp(
            "How long to wait for an answer (fractions allowed); default 1, and 3.5 behind the last hop that answers.",
            valueName: "SECONDS"))
    var timeout: Double?

    @Option(
        name: .customShort("s", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Bytes of data.", valueName: "N"))
    var size = 32

    @Option(parsing: .unconditional, help: ArgumentHelp("Probes a second, at most.", valueName: "N"))
    var rate = 50.0

    @Flag(help: "Find the longest packet that the path carries, and who limits it.")
    var mtu = false

    @Flag(help: "Go on, a round a second, and show the hops as they are.")
    var live = false

    @Option(
        name: .customShort("c", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("End --live after N rounds.", valueName: "N"))
    var rounds: Int?

    @OptionGroup var probing: ProbeOptions

    @Argument(help: ArgumentHelp("Name or address.", valueName: "HOST"))
    var host: String

    mutating func validate() throws {
        if !(1...255).contains(lastHop) { throw ValidationError("-m \(lastHop): 1 to 255") }
        if !(1...lastHop).contains(firstHop) { throw ValidationError("-f \(firstHop): 1 to \(lastHop)") }
        if !(1...16).contains(probes) { throw ValidationError("-q \(probes): 1 to 16") }
        if let timeout, nanoseconds(timeout, from: 0.001, to: 3600) == nil {
            throw ValidationError("-W \(timeout): 0.001 to 3600")
        }
        if !(0...65_000).contains(size) { throw ValidationError("-s \(size): 0 to 65000") }
        if !(rate > 0 && rate <= 1e6) { throw ValidationError("--rate \(rate): more than 0, to 1000000") }
        if port < 1 { throw ValidationError("--port \(port): 1 to 65535") }
        if let rounds, rounds < 1 { throw ValidationError("-c \(rounds): at least 1") }
        if rounds != nil && !live { throw ValidationError("-c \(rounds ?? 0): only with --live") }
    }

    private var timeoutNanoseconds: Int64 { timeout.flatMap { nanoseconds($0) } ?? 1_000_000_000 }

    private var options: TraceOptions {
        var options = TraceOptions()
        options.firstHop = firstHop
        options.lastHop = lastHop
        options.probesPerHop = live ? 1 : probes
        options.rounds = live ? rounds : 1
        options.timeout = timeoutNanoseconds
        if timeout == nil { options.patience = TraceOptions.patienceForRouters }
        options.spacing = Int64(1e9 / rate)
        options.isUDP = udp
        options.port = port
        options.payload = EchoPayload(size: size)
        return options
    }

    func run() throws {
        try catchProbeSignals()
        let peer = try probing.resolve(host)
        let route = try probing.route(to: peer)
        var runner: TraceRunner
        do {
            runner = try TraceRunner(
                peer, options: options, sockets: probing.socketOptions(host), findsMTU: mtu)
        } catch let error as SocketError {
            throw Failure(probe: error.description)
        }
        let isV6 = peer.family == .v6
        let filter =
            udp
            ? ProbeCapture.datagramFilter(runner.identifier, isIPv6: isV6)
            : ProbeCapture.echoFilter(isV6 ? nil : runner.identifier, isV6 ? runner.identifier : nil)
        let interface = probing.show ? ProbeCapture.interface(route, to: peer, chosen: probing.interface) : ""
        let shown = try ProbeCapture(probing.show, [interface], filter)
        // The route may remember what an earlier search has found; this one begins with the link.
        let link = ProbeCapture.interface(route, to: peer, chosen: probing.interface)
        let linkMTU = max(route.mtu ?? 68, (try? NetworkInterface.named(link))?.mtu ?? 1500)
        try confineProbes(to: runner.descriptors, showing: shown.descriptors)
        var printer = TracePrinter(self, shown: shown)
        printer.begin(runner.session)
        do {
            try runner.run(wake: StopSignals.descriptor, observer: &printer)
            var search: PathMTUSession?
            if mtu && !StopSignals.stopRequested {
                search = try runner.findMTU(
                    from: linkMTU, timeout: timeoutNanoseconds,
                    wake: StopSignals.descriptor
                ) {}
            }
            try printer.finish(runner.session, search)
        } catch let error as SocketError {
            printer.abandon()
            throw Failure(probe: error.description)
        }
        throw Failure("", status: runner.session.hasReached ? ExitStatus.success : ExitStatus.failure)
    }
}

/// Prints what becomes of the probes.
private struct TracePrinter: TraceObserver, ~Copyable {
    private let command: TraceCommand
    private let isTerminal = Terminal.isTerminal()
    private var output = Output()
    private var shown: ProbeCapture
    private var failure: Failure?
    private var hasChanged = false
    private var page = LivePage()

    init(_ command: TraceCommand, shown: consuming ProbeCapture) {
        self.command = command
        self.shown = shown
    }

    private var isText: Bool { command.probing.format == .text }
    private var redraws: Bool { command.live && isTerminal && isText && !shown.isOn }

    mutating func begin(_ session: borrowing TraceSession) {
        guard isText, !redraws else { return }
        session.writeHeader(host: command.host, to: &output.buffer)
    }

    var patience: Int64? { shown.isOn || redraws ? 100_000_000 : nil }

    mutating func progressed(_ session: borrowing TraceSession) { hasChanged = true }

    mutating func pause(_ session: borrowing TraceSession) -> Bool {
        if shown.isOn { shown.drain(&output) }
        if redraws && (hasChanged || page.isOutdated) {
            var lines = ByteBuffer()
            session.writeHeader(host: command.host, to: &lines)
            session.writeTable(to: &lines)
            page.draw(lines, to: &output.buffer)
        }
        hasChanged = false
        do throws(Failure) { try output.flush() } catch { failure = error }
        return failure == nil
    }

    /// The run failed: the terminal is given back.
    mutating func abandon() {
        page.close(to: &output.buffer)
        try? output.flush()
    }

    mutating func finish(_ session: borrowing TraceSession, _ search: PathMTUSession?) throws(Failure) {
        if let failure { throw failure }
        if shown.isOn { shown.catchUp(&output) }
        if !isText {
            session.writeRecords(host: command.host, search, to: &output.buffer)
        } else {
            page.close(to: &output.buffer)
            if redraws { session.writeHeader(host: command.host, to: &output.buffer) }
            if command.live { session.writeTable(to: &output.buffer) } else { session.writeHops(to: &output.buffer) }
            if let search { session.writeMTU(search, to: &output.buffer) }
        }
        try output.flush()
    }
}
