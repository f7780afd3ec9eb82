import ArgumentParser
import Host
import PacketDecoding
import Probes
import Rendering
import Sockets

struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Which hosts answer.",
        usage: "earshot sweep [options] CIDR|ADDRESS|RANGE|HOST ...",
        discussion: """
            Of a prefix all addresses are asked. Prints the hosts that answer, as they do. Status 0 when any host \
            answered, 1 when none did, 2 on any other error.
            """)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Requests a second; default 1000, on the loopback 100000.", valueName: "N"))
    var rate: Double?

    @Option(
        name: .customShort("r", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Further requests to a host that does not answer.", valueName: "N"))
    var retries = 1

    @Option(
        name: .customShort("W", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp(
            "How long to wait for an answer (fractions allowed); default 1, and 3.5 for each host in all.",
            valueName: "SECONDS"))
    var timeout: Double?

    @Flag(name: .customShort("a"), help: "Only the addresses of hosts that answer.")
    var onlyAlive = false

    @Flag(name: .customShort("u"), help: "Hosts that do not answer, and why, instead of those that do.")
    var showsDead = false

    @Flag(name: .customShort("q"), help: "No progress and no summary on standard error.")
    var isQuiet = false

    @Option(
        name: .customShort("t", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Time to live.", valueName: "N"))
    var hopLimit: UInt8?

    @OptionGroup var probing: ProbeOptions

    @Argument(help: ArgumentHelp("Addresses, prefixes (192.0.2.0/24), ranges (192.0.2.1-9), names.", valueName: "CIDR"))
    var words: [String]

    mutating func validate() throws {
        if let rate, !(rate >= 0.01 && rate <= 1e7) { throw ValidationError("--rate \(rate): 0.01 to 10000000") }
        if !(0...100).contains(retries) { throw ValidationError("-r \(retries): 0 to 100") }
        if let timeout, nanoseconds(timeout, from: 0.001, to: 3600) == nil {
            throw ValidationError("-W \(timeout): 0.001 to 3600")
        }
        if hopLimit == 0 { throw ValidationError("-t 0: 1 to 255") }
        if onlyAlive && showsDead { throw ValidationError("-a and -u: give one of them") }
    }

    private func targets() throws(Failure) -> SweepTargets {
        var targets = SweepTargets()
        for word in words {
            do throws(SweepTargets.Refusal) {
                try targets.add(word)
            } catch {
                // What is no address may be a name; what holds a digit and a slash is a slip of the pen.
                guard case .malformed = error, !word.contains("/"), word.contains(where: \.isLetter) else {
                    throw Failure(usage: error.description)
                }
                let peer = try probing.resolve(word)
                do throws(SweepTargets.Refusal) { try targets.add(peer) } catch {
                    throw Failure(usage: error.description)
                }
            }
        }
        return targets
    }

    func run() throws {
        try catchProbeSignals()
        let targets = try targets()
        var options = SweepOptions()
        options.rate = rate ?? (targets.isLoopback ? 100_000 : 1000)
        options.retries = retries
        // A router says that it does not find a host after some three seconds.
        if timeout == nil { options.patience = TraceOptions.patienceForRouters }
        options.timeout = timeout.flatMap { nanoseconds($0) } ?? 1_000_000_000
        let first = targets[0]
        let route = try probing.route(to: first)
        var sockets = try probing.socketOptions(words.count == 1 ? words[0] : "\(targets.count) hosts")
        sockets.hopLimit = hopLimit
        var runner: SweepRunner
        do { runner = try SweepRunner(targets, options: options, sockets: sockets) } catch {
            throw Failure(probe: error.description)
        }
        let interface = probing.show ? ProbeCapture.interface(route, to: first, chosen: probing.interface) : ""
        let shown = try ProbeCapture(
            probing.show, [interface], ProbeCapture.echoFilter(runner.identifiers.v4, runner.identifiers.v6))
        try confineProbes(to: runner.descriptors, showing: shown.descriptors)
        var printer = SweepPrinter(self, shown: shown)
        do {
            try runner.run(wake: StopSignals.descriptor, observer: &printer)
        } catch {
            throw Failure(probe: error.description)
        }
        try printer.finish(runner.session)
        throw Failure("", status: runner.session.alive > 0 ? ExitStatus.success : ExitStatus.failure)
    }
}

/// Prints what becomes of the targets.
private struct SweepPrinter: SweepObserver, ~Copyable {
    // Of the command; to ask it takes longer than to print a line.
    private let isText, isQuiet, onlyAlive, showsDead: Bool
    private let start = ClockReading.now.monotonic
    private let showsProgress: Bool
    private var output = Output()
    private var shown: ProbeCapture
    private var failure: Failure?
    private var progressAt: Int64

    init(_ command: SweepCommand, shown: consuming ProbeCapture) {
        isText = command.probing.format == .text
        isQuiet = command.isQuiet
        onlyAlive = command.onlyAlive
        showsDead = command.showsDead
        self.shown = shown
        showsProgress = !isQuiet && Terminal.isTerminal(2)
        progressAt = start
    }

    var patience: Int64? { shown.isOn || showsProgress ? 100_000_000 : nil }

    mutating func observe(_ result: SweepResult, of session: borrowing SweepSession) {
        if shown.isOn { shown.catchUp(&output) }
        if !isText {
            session.writeRecord(result, to: &output.buffer)
        } else if onlyAlive {
            if result.isAlive { session.writeAddress(result, to: &output.buffer) }
        } else if result.isAlive != showsDead {
            session.write(result, to: &output.buffer)
        }
    }

    mutating func pause(_ session: borrowing SweepSession) -> Bool {
        guard failure == nil else { return false }
        if shown.isOn { shown.drain(&output) }
        let now = ClockReading.now.monotonic
        if showsProgress && now - progressAt >= 200_000_000 && !session.isOver {
            progressAt = now
            var line = ByteBuffer()
            line.write("\r\u{1b}[K")
            session.writeProgress(to: &line)
            try? StandardOutput.write(line.bytes, to: 2)
        }
        do throws(Failure) { try output.flush() } catch { failure = error }
        return failure == nil
    }

    mutating func finish(_ session: borrowing SweepSession) throws(Failure) {
        if let failure { throw failure }
        if shown.isOn { shown.catchUp(&output) }
        let duration = ClockReading.now.monotonic - start
        if !isText { session.writeSummaryRecord(duration: duration, to: &output.buffer) }
        try output.flush()
        guard !isQuiet else { return }
        var line = ByteBuffer()
        if showsProgress { line.write("\r\u{1b}[K") }
        session.writeSummary(duration: duration, to: &line)
        StandardError.write(line: line.string)
    }
}
