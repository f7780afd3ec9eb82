import ArgumentParser
import Host
import PacketCapture
import PacketDecoding
import Rendering

/// How packets are printed: shared by `capture` and `read`.
struct PrintOptions: ParsableArguments {
    @Flag(name: .customShort("n"), help: "Accepted: addresses and ports are always numbers.")
    var numeric: Int

    @Flag(name: .customShort("#"), help: "Number the packets.")
    var isNumbered = false

    @Flag(name: .customShort("e"), help: "Print the link header.")
    var showsLink = false

    @Flag(name: .customShort("v"), help: "A line for every field of every layer; -vv adds offsets and bytes.")
    var verbosity: Int

    @Flag(name: .customShort("x"), help: "Payload in hex; -xx with the link header.")
    var hex: Int

    @Flag(name: .customShort("X"), help: "Payload in hex and ASCII; -XX with the link header.")
    var hexAndASCII: Int

    @Flag(name: .customShort("A"), help: "Payload as ASCII; -AA with the link header.")
    var ascii: Int

    @Flag(
        name: .customShort("t"),
        help:
            "Time: -t none, -tt seconds since 1970, -ttt since the packet before, -tttt with date, -ttttt since the first."
    )
    var time: Int

    @Flag(help: "Time stamps in nanoseconds.")
    var nano = false

    @Flag(name: .customShort("S"), help: "TCP sequence numbers as on the wire.")
    var absoluteSequenceNumbers = false

    @Flag(name: .customShort("q"), help: "Shorter lines.")
    var isBrief = false

    @Flag(name: .customShort("l"), help: "Write out each line at once.")
    var isLineBuffered = false

    @Option(help: ArgumentHelp("text, or json: a line of JSON for every packet.", valueName: "FORMAT"))
    var format: OutputFormat = .text

    @Flag(name: .customLong("count"), help: "Print only how many packets there were.")
    var onlyCounts = false

    @Flag(
        name: .customShort("d"),
        help: "Print the compiled filter and end; -dd as part of a C program, -ddd as decimal numbers.")
    var filterDumps: Int

    @Option(help: ArgumentHelp("auto, always or never; NO_COLOR is honoured.", valueName: "WHEN"))
    var color: Terminal.ColorChoice = .auto

    @OptionGroup var decoding: DecodeOptions

    /// How `-d` prints the compiled filter; nil without it.
    var listingStyle: FilterListingStyle? {
        switch filterDumps {
        case 0: nil
        case 1: .assembly
        case 2: .cInitializers
        default: .decimal
        }
    }

    mutating func validate() throws {
        if time > 5 { throw ValidationError("-t: five at most") }
        if filterDumps > 3 { throw ValidationError("-d: three at most") }
    }
}

/// What packets are printed as.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// What ports mean.
struct DecodeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Decode a port as a protocol (7000=greeting).", valueName: "PORT=PROTOCOL"))
    var decodeAs: [String] = []

    func ports() throws(Failure) -> PortMap {
        var overrides: [(port: UInt16, kind: LayerKind)] = []
        for text in decodeAs {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let port = UInt16(parts[0]), port > 0 else {
                throw Failure(usage: "--decode-as \(text): PORT=PROTOCOL is wanted, PORT from 1 to 65535")
            }
            guard let kind = LayerKind(applicationNamed: String(parts[1])) else {
                throw Failure(
                    usage: "--decode-as \(text): dns, mdns, dhcp, ntp, http, tls and greeting are known, no others")
            }
            overrides.append((port, kind))
        }
        return PortMap(overrides: overrides)
    }
}

/// Colour and characters of what is drawn.
struct DrawingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("auto, always or never; NO_COLOR is honoured.", valueName: "WHEN"))
    var color: Terminal.ColorChoice = .auto

    @Flag(help: "ASCII instead of Unicode lines and arrows.")
    var ascii = false
}
