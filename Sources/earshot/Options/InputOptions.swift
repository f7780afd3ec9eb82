import ArgumentParser
import Host
import PacketCapture
import PacketDecoding
import Rendering

/// The filter of commands that have other words too: trailing words, or a file.
struct FilterOptions: ParsableArguments {
    @Option(
        name: .customShort("F", allowingJoined: true),
        help: ArgumentHelp("Read the filter from a file.", valueName: "FILE"))
    var filterFile: String?

    /// The expression; empty when every packet is wanted.
    func expression(_ words: some Collection<String>) throws(Failure) -> String {
        guard let filterFile else { return words.joined(separator: " ") }
        guard words.isEmpty else {
            throw Failure(usage: "a filter in words and one in a file (-F \(filterFile)): give one of them")
        }
        do {
            return Self.withoutComments(try TextFile.contents(of: filterFile))
        } catch {
            throw Failure(error)
        }
    }
}

extension FilterOptions {
    /// As tcpdump reads it: `#` and what follows it on its line are none of the filter.
    static func withoutComments(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.prefix { $0 != "#" } }
            .joined(separator: "\n")
    }
}

/// Which savefile is read.
struct FileOptions: ParsableArguments {
    @Option(
        name: .customShort("r", allowingJoined: true),
        help: ArgumentHelp("The savefile; then every word is filter.", valueName: "FILE"))
    var file: String?

    @Option(help: ArgumentHelp("Who reads the savefile: native or libpcap.", valueName: "ENGINE"))
    var engine: SavefileEngine = .native

    /// A savefile and an interface at once are one too many.
    func refuse(beside interface: String) throws(Failure) {
        if let file { throw Failure(usage: "-i \(interface) and -r \(file): give one of them") }
    }

    /// Opens the savefile that `-r` or the first of `words` names; the rest is its filter.
    ///
    /// - Parameter reading: what is to be known of it before rights are given up.
    func open(
        _ words: [String], filter options: FilterOptions, reading: OpenedFile.Reading = .nothing
    ) throws(Failure) -> OpenedFile {
        guard let path = file ?? words.first else { throw Failure(usage: "which FILE? - is the standard input") }
        let expression = try options.expression(file == nil ? words[1...] : words[...])
        return try OpenedFile(path, engine: engine, filter: expression, reading: reading)
    }
}

/// Which interface is captured.
struct InterfaceOption: ParsableArguments {
    @Option(
        name: .customShort("i", allowingJoined: true),
        help: ArgumentHelp("Interface to capture on; any is all of them.", valueName: "IFACE"))
    var interface: String?

    /// By the kernel's index. Only the frames of `any` need them.
    static func names(on interface: String) -> [UInt32: String] {
        guard interface == "any", let all = try? NetworkInterface.all() else { return [:] }
        return Dictionary(all.map { ($0.index, $0.name) }) { first, _ in first }
    }
}

/// How an interface is captured.
struct LiveOptions: ParsableArguments {
    @Option(
        name: .customShort("s", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Snapshot length in bytes; 0 is the default.", valueName: "N"))
    var snapshotLength = 262_144

    @Option(
        name: .customShort("B", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Ring size in KiB.", valueName: "KIB"))
    var ringSize = 65_536

    @Flag(name: .customShort("p"), help: "No promiscuous mode.")
    var isNotPromiscuous = false

    @Option(
        name: .customShort("Q", allowingJoined: true),
        help: ArgumentHelp("Direction: in, out or inout.", valueName: "DIRECTION"))
    var direction: Direction = .inout

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Share the packets among N rings, each filled by other processors.", valueName: "N"))
    var workers = 1

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Stop after S seconds (fractions allowed).", valueName: "S"))
    var duration: Double?

    @Option(
        name: .customLong("netns"),
        help: ArgumentHelp(
            "Capture in another network namespace: ip-netns(8)'s, or a process's.", valueName: "NAME|PID"))
    var namespace: String?

    enum Direction: String, ExpressibleByArgument, CaseIterable {
        case `in`, out, `inout`
    }

    mutating func validate() throws {
        if let duration, !(duration > 0 && duration <= 1e9) {
            throw ValidationError("--duration needs more than 0 seconds, not \(duration)")
        }
        if !(0...262_144).contains(snapshotLength) { throw ValidationError("-s \(snapshotLength): 0 to 262144") }
        if !(64...4_194_304).contains(ringSize) { throw ValidationError("-B \(ringSize): 64 to 4194304") }
        if !(1...64).contains(workers) { throw ValidationError("--workers \(workers): 1 to 64") }
    }

    /// These options mean nothing to a savefile.
    func refuse() throws(Failure) {
        if duration != nil || isNotPromiscuous || direction != .inout || snapshotLength != 262_144 || ringSize != 65_536
            || workers != 1 || namespace != nil
        {
            throw Failure(
                usage: "--duration, --netns, --workers, -p, -Q, -s and -B are for an interface (-i), not for a savefile"
            )
        }
    }

    /// Goes to where the interfaces are.
    func enterNamespace() throws(Failure) {
        guard let namespace else { return }
        do { try Namespaces.enterNetwork(of: namespace) } catch { throw Failure(error) }
    }

    /// Opens the interface; from here on signals end the capture instead of the program.
    func open(_ interface: String?, filter: String) throws(Failure) -> LiveCapture {
        do { try StopSignals.install() } catch { throw Failure(error) }
        try enterNamespace()
        var options = LiveCaptureOptions()
        options.filter = filter
        options.snapshotLength = snapshotLength == 0 ? 262_144 : snapshotLength
        options.ringSize = ringSize << 10
        options.workers = workers
        options.isPromiscuous = !isNotPromiscuous
        switch direction {
        case .in: options.direction = .incoming
        case .out: options.direction = .outgoing
        case .inout: options.direction = .both
        }
        options.wakeDescriptor = StopSignals.descriptor
        do throws(CaptureError) {
            // Names in the filter are looked up.
            return try StopSignals.endingAtOnce { () throws(CaptureError) in
                try LiveCapture(interface: interface ?? NetworkInterface.nameForCapture(), options: options)
            }
        } catch {
            throw Failure(error)
        }
    }
}

extension LiveCapture {
    /// Says that it hears, once everything else has been opened too.
    func announce() {
        StandardError.write(
            line: "listening on \(interface), link-type \(linkType.spelledOut), "
                + "snapshot length \(snapshotLength) bytes")
    }
}

extension LinkType {
    /// `EN10MB (Ethernet)`.
    fileprivate var spelledOut: String {
        guard let name, let meaning else { return "\(rawValue)" }
        return "\(name) (\(meaning))"
    }
}

/// How many packets are wanted.
struct LimitOption: ParsableArguments {
    @Option(
        name: .customShort("c", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("Stop after N packets.", valueName: "N"))
    var limit: Int?

    mutating func validate() throws {
        if let limit, limit < 1 { throw ValidationError("-c needs a number from 1, not \(limit)") }
    }
}

/// Prints the compiled filter (`-d`).
func printListing(_ lines: [String]) throws(Failure) {
    var output = Output()
    for line in lines {
        // libpcap's own words and tabs, nothing off the wire.
        output.buffer.append(line)
        output.buffer.write("\n")
    }
    try output.flush()
}
