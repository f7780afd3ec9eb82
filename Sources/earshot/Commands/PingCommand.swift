import ArgumentParser
import Glibc
import Host
import PacketDecoding
import Probes
import Rendering
import Sockets

struct PingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping", abstract: "ICMP echo: which hosts answer, and how fast.",
        usage: "earshot ping [options] HOST ...",
        discussion: """
            Status 0 when every host answered, 1 when one did not, 2 on any other error. Ctrl-C ends with the \
            statistics, Ctrl-\\ prints a line of them.
            """)

    enum Discovery: String, ExpressibleByArgument, CaseIterable {
        case `do`, want, dont
    }

    @Option(
        name: .customShort("c", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Requests to each.", valueName: "N"))
    var count: Int?

    @Option(
        name: .customShort("i", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Time between requests (fractions allowed).", valueName: "SECONDS"))
    var interval: Double?

    @Option(
        name: .customShort("W", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("How long to wait for a reply; later ones are marked late.", valueName: "SECONDS"))
    var timeout = 10.0

    @Option(
        name: .customShort("w", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("End after this time, however many were sent.", valueName: "SECONDS"))
    var deadline: Double?

    @Option(
        name: .customShort("s", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Bytes of data.", valueName: "N"))
    var size = 56

    @Option(
        name: .customShort("t", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Time to live.", valueName: "N"))
    var hopLimit: UInt8?

    @Flag(name: .customShort("q"), help: "Only the statistics.")
    var isQuiet = false

    @Flag(name: .customShort("D"), help: "The time in front of each line.")
    var showsTime = false

    @Flag(name: .customShort("f"), help: "As fast as replies come, or a hundred a second.")
    var isFlood = false

    @Flag(name: .customShort("v"), help: "A histogram with the statistics.")
    var isVerbose = false

    @Flag(name: .customShort("n"), help: "Accepted: addresses are always numbers.")
    var numeric = false

    @Option(
        name: .customShort("p", allowingJoined: true),
        help: ArgumentHelp("Fill the data with these bytes, up to 16, in hexadecimal.", valueName: "PATTERN"))
    var pattern: String?

    @Option(
        name: .customShort("M", allowingJoined: true),
        help: ArgumentHelp("Path MTU discovery: do (never split), want, dont.", valueName: "HOW"))
    var discovery: Discovery?

    @OptionGroup var probing: ProbeOptions

    @Argument(help: ArgumentHelp("Names or addresses.", valueName: "HOST"))
    var hosts: [String]

    mutating func validate() throws {
        if let count, count < 1 { throw ValidationError("-c \(count): at least 1") }
        if let interval, nanoseconds(interval, to: 1e6) == nil { throw ValidationError("-i \(interval): 0 to 1000000") }
        if nanoseconds(timeout, from: 1e-6, to: 1e6) == nil {
            throw ValidationError("-W \(timeout): more than 0, to 1000000")
        }
        if let deadline, nanoseconds(deadline, from: 1e-6) == nil {
            throw ValidationError("-w \(deadline): more than 0")
        }
        if !(0...65_507).contains(size) { throw ValidationError("-s \(size): 0 to 65507") }
        if hopLimit == 0 { throw ValidationError("-t 0: 1 to 255") }
        if let pattern, Self.bytes(pattern) == nil {
            throw ValidationError("-p \(pattern): 1 to 16 bytes in hexadecimal are wanted")
        }
        if isFlood, probing.show { throw ValidationError("-f and --show: give one of them") }
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        var digits = Array(text)
        if digits.count % 2 == 1 { digits.insert("0", at: 0) }
        guard (2...32).contains(digits.count) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index].hexDigitValue, let low = digits[index + 1].hexDigitValue else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    private var options: PingOptions {
        var options = PingOptions()
        options.count = count
        options.interval = nanoseconds(interval ?? 1) ?? 1_000_000_000
        options.isFlood = isFlood && interval == nil || interval == 0
        options.timeout = nanoseconds(timeout) ?? 10_000_000_000
        options.deadline = deadline.flatMap { nanoseconds($0) }
        options.payload = EchoPayload(size: size, pattern: pattern.flatMap(Self.bytes) ?? [])
        return options
    }

    func run() throws {
        try catchProbeSignals()
        var peers: [ProbePeer] = []
        var names: [String] = []
        var refusals = 0
        var sources: [String?] = []
        var interfaces: Set<String> = []
        for host in hosts {
            do throws(Failure) {
                let peer = try probing.resolve(host)
                let route = try probing.route(to: peer)
                if peers.contains(where: { $0.address == peer.address }) {
                    throw Failure(probe: "\(host): given twice")
                }
                peers.append(peer)
                names.append(host)
                sources.append(
                    probing.source.map { "\(route.source.presentation)\(probing.interface == nil ? "" : " \($0)")" })
                if probing.show {
                    interfaces.insert(ProbeCapture.interface(route, to: peer, chosen: probing.interface))
                }
            } catch {
                StandardError.write(line: "earshot: \(error.message)")
                refusals += 1
            }
        }
        guard !peers.isEmpty else { throw Failure(probe: "") }
        var sockets = try probing.socketOptions(names.joined(separator: ", "))
        sockets.hopLimit = hopLimit
        switch discovery {
        case .do?: sockets.discovery = .do
        case .want?: sockets.discovery = .want
        case .dont?: sockets.discovery = .dont
        case nil: break
        }
        var runner: PingRunner
        do { runner = try PingRunner(peers, options: options, sockets: sockets) } catch {
            throw Failure(probe: error.description)
        }
        let shown = try ProbeCapture(
            probing.show, interfaces, ProbeCapture.echoFilter(runner.identifiers.v4, runner.identifiers.v6))
        try confineProbes(to: runner.descriptors, showing: shown.descriptors)
        var printer = PingPrinter(self, names: names, sources: sources, shown: shown)
        printer.begin(runner.sessions)
        do {
            try runner.run(wake: StopSignals.descriptor, user: StopSignals.userSignalDescriptor, observer: &printer)
        } catch {
            throw Failure(probe: error.description)
        }
        try printer.finish(runner.sessions)
        throw Failure("", status: Self.status(runner.sessions, refusals: refusals))
    }

    /// 2 where a host was never asked, 1 where one did not answer.
    private static func status(_ sessions: [PingSession], refusals: Int) -> Int32 {
        if refusals > 0 || sessions.contains(where: \.wasNeverSent) { return ExitStatus.usage }
        return sessions.allSatisfy(\.hasAnswered) ? ExitStatus.success : ExitStatus.failure
    }
}

/// Prints what becomes of the requests.
private struct PingPrinter: PingObserver, ~Copyable {
    private let names: [String]
    private let sources: [String?]
    // Of the command; to ask it takes longer than all else that a request of a flood does here.
    private let isText, isQuiet, isVerbose, isFlood, showsTime: Bool
    /// Whether a line of bars follows what is printed.
    private let draws: Bool
    private let isASCII = !Terminal.isUTF8
    private var output = Output()
    private var failure: Failure?
    private var sparkline = Sparkline()
    /// Whether the cursor stands behind the bars.
    private var isDrawn = false
    private var hasNewBars = false
    private var shown: ProbeCapture

    init(_ command: PingCommand, names: [String], sources: [String?], shown: consuming ProbeCapture) {
        self.names = names
        self.sources = sources
        self.shown = shown
        isText = command.probing.format == .text
        isQuiet = command.isQuiet
        isVerbose = command.isVerbose
        // -i 0 is as fast as a flood, but its lines are printed.
        isFlood = command.isFlood
        showsTime = command.showsTime
        draws = isText && Terminal.isTerminal() && (isQuiet || !isFlood)
    }

    mutating func begin(_ sessions: [PingSession]) {
        guard isText else { return }
        for (index, session) in sessions.enumerated() {
            session.writeHeader(host: names[index], source: sources[index], to: &output.buffer)
        }
    }

    var patience: Int64? { shown.isOn ? 50_000_000 : nil }

    mutating func requested(_ number: Int, host: Int) {
        if isText && isFlood && !isQuiet { output.buffer.write(".") }
    }

    mutating func observe(_ event: PingEvent, of sessions: borrowing [PingSession], host: Int) {
        if shown.isOn {
            clear()
            shown.catchUp(&output)
        }
        guard isText else {
            if !isQuiet { sessions[host].writeRecord(event, host: names[host], to: &output.buffer) }
            return
        }
        switch event {
        case .reply(let reply):
            if draws { addBar(reply.roundTrip) }
            if isQuiet { return }
            if isFlood, !reply.isDuplicate { return output.buffer.write("\u{8} \u{8}") }
        case .fault:
            if draws { addBar(nil) }
            if isQuiet { return }
            if isFlood { return output.buffer.write("\u{8}E") }
        }
        clear()
        sessions[host].write(event, showsTime: showsTime, to: &output.buffer)
    }

    mutating func signalled(_ sessions: borrowing [PingSession]) {
        let signals = StopSignals.takeUserSignals()
        guard !signals.isEmpty else { return }
        clear()
        do throws(Failure) { try output.flush() } catch { failure = error }
        for index in sessions.indices {
            var line = ByteBuffer()
            if sessions.count > 1 {
                line.escaped(names[index])
                line.write(": ")
            }
            sessions[index].writeProgress(to: &line)
            StandardError.write(line: line.string)
        }
    }

    mutating func pause() -> Bool {
        guard failure == nil else { return false }
        if shown.isOn {
            clear()
            shown.drain(&output)
        }
        if draws && (!isDrawn || hasNewBars) {
            clear()
            // Not to the end of the line: the terminal may write ^C there before the bars are taken away.
            sparkline.write(width: Terminal.width() - 3, isASCII: isASCII, to: &output.buffer)
            isDrawn = true
            hasNewBars = false
        }
        do throws(Failure) { try output.flush() } catch { failure = error }
        return failure == nil
    }

    private mutating func addBar(_ time: Int64?) {
        sparkline.add(time)
        hasNewBars = true
    }

    /// Takes the bars away.
    private mutating func clear() {
        guard isDrawn else { return }
        output.buffer.write("\r\u{1b}[K")
        isDrawn = false
    }

    mutating func finish(_ sessions: [PingSession]) throws(Failure) {
        if let failure { throw failure }
        clear()
        if shown.isOn { shown.catchUp(&output) }
        for (index, session) in sessions.enumerated() {
            if isText {
                session.writeSummary(host: names[index], isVerbose: isVerbose, to: &output.buffer)
            } else {
                session.writeSummaryRecord(host: names[index], to: &output.buffer)
            }
        }
        try output.flush()
    }
}
