import ArgumentParser
import Glibc
import Host
import PacketCapture
import PacketDecoding

/// Where a command's packets come from, a savefile or an interface, and which of them it takes.
struct SourceOptions: ParsableArguments {
    @OptionGroup var interface: InterfaceOption
    @OptionGroup var input: FileOptions
    @OptionGroup var live: LiveOptions
    @OptionGroup var limit: LimitOption
    @OptionGroup var filter: FilterOptions
    @OptionGroup var rights: RightsOptions
    @OptionGroup var decoding: DecodeOptions

    @Argument(help: ArgumentHelp("The savefile, unless -i or -r is given, and the filter.", valueName: "FILE"))
    var words: [String] = []

    /// What ports mean.
    func ports() throws(Failure) -> PortMap { try decoding.ports() }

    /// Opens the savefile or the interface.
    func open() throws(Failure) -> OpenedSource {
        guard let name = interface.interface else {
            try live.refuse()
            return OpenedSource(try input.open(words, filter: filter), self)
        }
        try input.refuse(beside: name)
        do {
            return OpenedSource(try live.open(name, filter: filter.expression(words)), self)
        } catch {
            // No filter begins with the name of a file, but a hand may well forget that -i is there.
            if error.status == ExitStatus.usage, let first = words.first, unsafe access(first.systemText, F_OK) == 0 {
                throw Failure(usage: "\(first) is a file, and -i \(name) an interface: give one of them")
            }
            throw error
        }
    }
}

/// A savefile or an interface that is open, and how much of it is wanted.
struct OpenedSource: ~Copyable {
    private enum Source: ~Copyable {
        case file(OpenedFile)
        case live(LiveCapture)
    }

    /// The one that is heard; nil for a savefile.
    let interface: String?
    private let limit: Int?
    private let duration: Double?
    private let lockdown: Lockdown
    private let source: Source

    fileprivate init(_ file: consuming OpenedFile, _ options: SourceOptions) {
        self.init(interface: nil, options, .file(file))
    }

    fileprivate init(_ capture: consuming LiveCapture, _ options: SourceOptions) {
        self.init(interface: capture.interface, options, .live(capture))
    }

    private init(interface: String?, _ options: SourceOptions, _ source: consuming Source) {
        self.interface = interface
        limit = options.limit.limit
        duration = options.live.duration
        lockdown = options.rights.lockdown()
        self.source = source
    }

    var isLive: Bool { interface != nil }

    /// The savefile once more, to read what its packets say where they lie; nil where that cannot be. To be asked for
    /// before rights are given up.
    func savefile() -> FileWindow? {
        switch source {
        case .file(let file): file.window()
        case .live: nil
        }
    }

    /// Gives up rights, and hands its packets to `consumer` until the last one, the limit, the deadline or a signal.
    consuming func pump<Consumer: PacketConsumer & ~Copyable>(into consumer: inout Consumer) throws(Failure) {
        switch consume source {
        case .file(let file): try file.pump(limit: limit, lockdown: lockdown, into: &consumer)
        case .live(var capture):
            capture.announce()
            try earshot.pump(&capture, limit: limit, duration: duration, lockdown: lockdown, into: &consumer)
        }
    }
}
