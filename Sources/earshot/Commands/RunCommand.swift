import ArgumentParser
import Glibc
import Host
import PacketCapture
import PacketDecoding
import Rendering

struct RunCommand: ParsableCommand {
    static let name = "run"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Packets of an interface for the life of a command.",
        usage: "earshot run [-i IFACE] [options] [FILTER ...] -- CMD [ARGS ...]",
        discussion: """
            CMD is started when the capture hears, and the capture ends with it, or with --duration before it. Without \
            -i every interface is heard. Its input and output are its own: \
            packets are printed on stderr, or saved (-w). The exit status is CMD's, 128 and the signal that ended it, \
            127 where there is no CMD, 126 where it cannot be run, 125 where earshot could not begin, and 1 where CMD \
            ended with 0 and the capture failed. Signals sent to earshot go on to CMD.
            """)

    @OptionGroup var interface: InterfaceOption
    @OptionGroup var live: LiveOptions
    @OptionGroup var filter: FilterOptions
    @OptionGroup var saving: SaveOptions
    @OptionGroup var rights: RightsOptions
    @OptionGroup var printing: PrintOptions

    @Option(
        name: .customLong("filter"), help: ArgumentHelp("Which packets, as the words before --.", valueName: "FILTER"))
    var expression: String?

    @Flag(help: "Draw conversations as ladders.")
    var ladder = false

    @Flag(help: "ASCII instead of Unicode lines and arrows.")
    var ascii = false

    @Argument(
        help: ArgumentHelp("Which packets; behind --, the command and its arguments.", valueName: "FILTER ... -- CMD"))
    var words: [String] = []

    /// What stands behind the first --, which the parser puts behind the words before it.
    private var command: [String] {
        let all = CommandWords.all
        return all.firstIndex(of: "--").map { Array(words.suffix(all.count - $0 - 1)) } ?? []
    }

    private var filterWords: [String] { Array(words.dropLast(command.count)) }

    /// What servers still answer to a command that has ended is captured for so long, in milliseconds.
    private static let farewell = 100

    func run() throws {
        let status: Int32
        do {
            status = try capture()
        } catch let failure as Failure {
            throw Failure(failure.message, status: ExitStatus.ownFailure)
        } catch let error as HostError {
            throw Failure(error.description, status: ExitStatus.ownFailure)
        }
        if status != ExitStatus.success { throw Failure("", status: status) }
    }

    private func check() throws(Failure) {
        try saving.check(with: printing)
        if command.isEmpty {
            guard !words.isEmpty else { throw Failure(usage: "which command? It comes last, after --") }
            // Options of the command's that are earshot's, too, have been taken out of the words.
            let all = CommandWords.all.dropFirst(2)
            let words = all[(all.firstIndex(of: words[0]) ?? all.endIndex)...].joined(separator: " ")
            throw Failure(
                usage: "the command comes after --, and words before it are the filter: earshot run -- \(words)")
        }
        if expression != nil, !filterWords.isEmpty {
            throw Failure(usage: "a filter in words and one in --filter: give one of them")
        }
        if ladder, printing.format == .json {
            throw Failure(usage: "--ladder and --format json: a ladder is text; give one of them")
        }
        if printing.onlyCounts || printing.listingStyle != nil {
            throw Failure(usage: "--count and -d are for capture and read")
        }
        if let path = saving.path, let descriptor = SavefileOutput.ownDescriptor(path), descriptor <= STDOUT_FILENO {
            throw Failure(usage: "-w \(path): the standard output is the command's; name a file")
        }
    }

    /// - Returns: the exit status.
    private func capture() throws -> Int32 {
        try check()
        let expression = try filter.expression(expression.map { [$0] } ?? filterWords)
        var held = try HeldCommand(command)
        Descriptors.closeInherited(but: Descriptors.named(in: CommandWords.all))
        // What CMD will say, and to whom, is not known: the default route may have nothing to do with it.
        var source = try live.open(interface.interface ?? "any", filter: expression)
        if let path = saving.path {
            let description = SavefileDescription(
                linkType: source.linkType, snapshotLength: source.snapshotLength, interface: source.interface,
                filter: expression.isEmpty ? nil : expression, system: SavefileDescription.runningSystem)
            let saver = try PacketSaver(
                saving, path: path, description: description, precision: .nanoseconds,
                printer: saving.alsoPrints && !ladder ? printer(source.interface) : nil)
            if !ladder { return try hear(&source, &held, into: saver) }
            return try hear(&source, &held, into: PacketConsumers(saver, ladders(source.interface)))
        }
        if ladder { return try hear(&source, &held, into: ladders(source.interface)) }
        return try hear(&source, &held, into: printer(source.interface))
    }

    private func printer(_ interface: String) throws(Failure) -> PacketPrinter {
        try PacketPrinter(printing, interfaceNames: InterfaceOption.names(on: interface), to: 2)
    }

    private func ladders(_ interface: String) throws(Failure) -> LiveLadders {
        var options = LadderOptions()
        options.columns = Terminal.width(of: 2)
        options.usesASCII = ascii || !Terminal.isUTF8
        options.usesColor = Terminal.usesColor(printing.color, on: 2)
        return LiveLadders(options, ports: try printing.decoding.ports(), interface: interface, to: 2)
    }

    /// Says so where nothing was heard, and where there may be something to hear.
    private func tellSilence(_ source: borrowing LiveCapture) {
        guard source.capturedCount == 0 else { return }
        let isFiltered = expression != nil || !filterWords.isEmpty || filter.filterFile != nil
        let advice =
            isFiltered
            ? "; without a filter every packet counts"
            : source.interface == "any" ? "" : "; without -i every interface is heard"
        StandardError.write(
            line: "earshot: nothing was heard on \(source.interface) while \(command[0]) ran\(advice)")
    }

    /// Starts the command and hears what it says.
    private func hear<Consumer: PacketConsumer & ~Copyable>(
        _ source: inout LiveCapture, _ held: inout HeldCommand, into consumer: consuming Consumer
    ) throws -> Int32 {
        try held.relaySignals()
        try rights.lockdown(verbosity: printing.verbosity).enter(packetSockets: source.socketDescriptors)
        if StopSignals.stopRequested { throw Failure("interrupted before \(command[0]) was started") }
        source.announce()
        var refusal: HostError?
        do throws(HostError) { try held.start() } catch { refusal = error }
        if let refusal { StandardError.write(line: "earshot: \(refusal)") }

        var hasFailed = false
        do throws(Failure) {
            try earshot.hear(
                &source, duration: live.duration, stopsAfter: refusal == nil ? Self.farewell : 0, into: &consumer)
            if refusal == nil { tellSilence(source) }
            try consumer.close(statistics: try? source.statistics())
        } catch {
            hasFailed = error.status != ExitStatus.success
            // Now, and not when the command has ended.
            if hasFailed { StandardError.write(line: "earshot: \(error.message)") }
        }
        let status = held.wait().status
        if let refusal { return refusal.errno == ENOENT ? ExitStatus.notFound : ExitStatus.cannotRun }
        return status == ExitStatus.success && hasFailed ? ExitStatus.failure : status
    }
}
