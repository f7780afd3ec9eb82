import ArgumentParser
import Host
import PacketCapture

/// Where packets are saved.
struct SaveOptions: ParsableArguments {
    @Option(
        name: .customShort("w", allowingJoined: true),
        help: ArgumentHelp("Write a savefile: pcapng for .pcapng, else pcap; - is stdout.", valueName: "FILE"))
    var path: String?

    @Flag(help: "Overwrite a savefile that is there.")
    var force = false

    @Flag(name: .customShort("U"), help: "Write out each packet at once.")
    var flushesEachPacket = false

    @Flag(name: .customLong("print"), help: "Print as well as write.")
    var alsoPrints = false

    /// Refuses what would be asked for in vain.
    func check(with printing: PrintOptions) throws(Failure) {
        guard path != nil else {
            if force { throw Failure(usage: "--force: there is no -w FILE to overwrite") }
            return
        }
        if printing.onlyCounts { throw Failure(usage: "--count and -w: counting writes nothing; give one of them") }
        if printing.listingStyle != nil { throw Failure(usage: "-d and -w: the compiled filter is all that -d prints") }
    }
}

/// When a capture goes on to another savefile.
struct RotationOptions: ParsableArguments {
    @Option(
        name: .customShort("C", allowingJoined: true),
        help: ArgumentHelp("Another savefile when one is larger than this many million bytes.", valueName: "MB"))
    var megabytes: Int?

    @Option(
        name: .customShort("G", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp(
            "Another savefile after this time; its name is filled in as by strftime(3).", valueName: "SECONDS"))
    var seconds: Int?

    @Option(
        name: .customShort("W", allowingJoined: true), parsing: .unconditional,
        help: ArgumentHelp("With -C: a ring of COUNT savefiles; with -G: end after COUNT.", valueName: "COUNT"))
    var count: Int?

    mutating func validate() throws {
        if let megabytes, !(1...1_000_000_000).contains(megabytes) {
            throw ValidationError("-C \(megabytes): 1 to 1000000000")
        }
        if let seconds, !(1...1_000_000_000).contains(seconds) {
            throw ValidationError("-G \(seconds): 1 to 1000000000")
        }
        if let count, !(1...1_000_000_000).contains(count) { throw ValidationError("-W \(count): 1 to 1000000000") }
        if count != nil, megabytes == nil, seconds == nil { throw ValidationError("-W needs -C or -G") }
    }

    /// Nil where there is one savefile.
    func limits(for path: String?) throws(Failure) -> SavefileSeries.Limits? {
        guard megabytes != nil || seconds != nil else { return nil }
        guard let path else { throw Failure(usage: "-C and -G are about savefiles: name them with -w") }
        if path == "-" { throw Failure(usage: "-w -: the standard output is one file, which -C and -G cannot change") }
        if seconds != nil, OutputFolder.split(path).folder.contains("%") {
            throw Failure(
                usage: "-w \(path): all savefiles are made in one folder; times (%) can only be in their names")
        }
        return SavefileSeries.Limits(size: megabytes.map { $0 * 1_000_000 }, period: seconds, count: count)
    }
}

/// The last of the traffic, kept in memory until it is wanted.
struct RecorderOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Keep the last S seconds in memory; SIGUSR2 writes them.", valueName: "S"))
    var ringSeconds: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Keep the last M million bytes in memory; SIGUSR2 writes them.", valueName: "M"))
    var ringMegabytes: Int?

    @Option(help: ArgumentHelp("A packet that this filter accepts writes what is in memory.", valueName: "FILTER"))
    var trigger: String?

    /// What is kept where only a time is given, in million bytes.
    static let usualMegabytes = 256

    mutating func validate() throws {
        if let ringSeconds, !(ringSeconds > 0 && ringSeconds <= 1e9) {
            throw ValidationError("--ring-seconds \(ringSeconds): more than 0")
        }
        if let ringMegabytes, !(1...1_000_000).contains(ringMegabytes) {
            throw ValidationError("--ring-megabytes \(ringMegabytes): 1 to 1000000")
        }
        if trigger != nil, ringSeconds == nil, ringMegabytes == nil {
            throw ValidationError("--trigger needs --ring-seconds or --ring-megabytes")
        }
    }

    var isWanted: Bool { ringSeconds != nil || ringMegabytes != nil }

    func recorder() -> FlightRecorder {
        FlightRecorder(
            byteLimit: (ringMegabytes ?? Self.usualMegabytes) * 1_000_000,
            longestAge: ringSeconds.map { Int($0 * 1e9) })
    }
}
