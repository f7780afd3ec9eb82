import ArgumentParser
import Host
import PacketCapture
import PacketDecoding

/// Who reads savefiles.
enum SavefileEngine: String, ExpressibleByArgument, CaseIterable {
    case native, libpcap
}

/// A savefile that is open, and the filter its packets pass. Nothing of it is read before rights are given up, unless
/// something is to be known of it, or the filter has names, which cannot be looked up any more then.
struct OpenedFile: ~Copyable {
    /// What is to be known before rights are given up.
    enum Reading {
        case nothing, header
        /// It is written to another savefile.
        case copied
    }

    /// What a savefile says of itself and its first interface.
    struct Header {
        let linkType: LinkType
        let precision: TimestampPrecision
        let snapshotLength: Int
        /// Nil where the file does not name it.
        let interface: String?
    }

    /// Nil where it has not been read.
    var header: Header? { source.header }
    /// What a copy keeps beside the packets.
    let original: SavefileOriginal?

    private let source: Source
    private let expression: String
    private let filter: SavefileFilter?

    /// - Parameter expression: empty when every packet is wanted.
    init(
        _ path: String, engine: SavefileEngine = .native, filter expression: String = "", reading: Reading = .nothing
    ) throws(Failure) {
        // From here on a stop signal ends the reading, and what was read is still shown.
        do { try StopSignals.install() } catch { throw Failure(error) }
        let isCopied = reading == .copied
        let original = isCopied && engine == .native ? SavefileOriginal() : nil
        do throws(CaptureError) {
            let file = try UnreadSavefile(path: path.bytesStoodFor, name: path, waits: engine == .libpcap)
            let unread = Source.Unread(file: file, engine: engine)
            if reading == .nothing, !CaptureFilter.mayLookUpNames(expression) {
                source = .unread(unread)
                filter = nil
            } else {
                let source = try Source.unread(unread).read(keeping: original, isCopied: isCopied)
                // Names in it are looked up.
                filter =
                    expression.isEmpty
                    ? nil
                    : try StopSignals.endingAtOnce { () throws(CaptureError) in
                        try Self.compile(expression, for: source.header)
                    }
                self.source = source
            }
        } catch {
            throw Self.failure(error)
        }
        self.expression = expression
        self.original = original
    }

    private static func compile(_ expression: String, for header: Header?) throws(CaptureError) -> SavefileFilter? {
        guard !expression.isEmpty, let header else { return nil }
        return try SavefileFilter(expression, linkType: header.linkType, snapshotLength: header.snapshotLength)
    }

    private static func failure(_ error: CaptureError) -> Failure {
        // What a pipe was about to bring is no damage.
        StopSignals.stopRequested ? .stopped : Failure(error)
    }

    /// The compiled filter, as `-d` prints it.
    func filterListing(_ style: FilterListingStyle) throws(Failure) -> [String] {
        if let filter { return filter.listing(style) }
        do {
            return try CaptureFilter("", linkType: header?.linkType ?? .ethernet).listing(style)
        } catch {
            throw Failure(error)
        }
    }

    /// The file once more: see ``Frame/position``.
    func window() -> FileWindow? {
        source.descriptor.flatMap { FileWindow($0, "reading the savefile once more") }
    }

    /// Gives up rights, and prints every packet that the filter accepts with `jobs` threads, at most `limit` of them.
    consuming func print(limit: Int?, lockdown: Lockdown, jobs: Int, _ style: PrintStyle) throws(Failure) {
        let ready = try ready(lockdown)
        let filter = ready.filter
        switch consume ready.source {
        case .native(let reader): try printInParallel(reader, filter: filter, limit: limit, jobs: jobs, style)
        case .libpcap(let reader): try printInParallel(reader, filter: filter, limit: limit, jobs: jobs, style)
        case .unread: break
        }
    }

    /// Gives up rights, and hands every packet that the filter accepts to `consumer`, at most `limit` of them.
    consuming func pump<Consumer: PacketConsumer & ~Copyable>(
        limit: Int?, lockdown: Lockdown, into consumer: inout Consumer
    ) throws(Failure) {
        let isCopied = original != nil
        let ready = try ready(lockdown)
        consumer.begin(interface: ready.source.header?.interface)
        var filter = ready.filter
        switch consume ready.source {
        case .native(var reader):
            try earshot.pump(&reader, filter: &filter, limit: limit, into: &consumer)
            // A pipe may have no end: what stands behind the last packet wanted is looked for in files.
            if isCopied, limit != nil, reader.progress != nil { reader.skipPackets() }
        case .libpcap(var reader): try earshot.pump(&reader, filter: &filter, limit: limit, into: &consumer)
        case .unread: break
        }
    }

    /// A savefile whose packets are next, and its filter.
    private struct Ready: ~Copyable {
        let source: Source
        let filter: SavefileFilter?
    }

    /// Gives up rights, and reads what comes before the first packet.
    private consuming func ready(_ lockdown: Lockdown) throws(Failure) -> Ready {
        try lockdown.enter()
        guard source.header == nil else { return Ready(source: source, filter: filter) }
        let expression = expression
        do throws(CaptureError) {
            let source = try source.read()
            let filter = try Self.compile(expression, for: source.header)
            return Ready(source: source, filter: filter)
        } catch {
            throw Self.failure(error)
        }
    }
}

extension OpenedFile {
    private enum Source: ~Copyable {
        case unread(Unread)
        case native(SavefileReader)
        case libpcap(LibpcapReader)

        struct Unread: ~Copyable {
            let file: UnreadSavefile
            let engine: SavefileEngine
        }

        /// Nil before it has been read.
        var header: Header? {
            switch self {
            case .unread: nil
            case .native(let reader): Header(reader)
            case .libpcap(let reader): Header(reader)
            }
        }

        /// A descriptor of the file where frames may tell their place in it; it stays the reader's.
        var descriptor: Int32? {
            switch self {
            case .unread(let unread): unread.engine == .native ? unread.file.descriptor : nil
            case .native(let reader): reader.positionedDescriptor
            case .libpcap: nil
            }
        }

        /// Reads up to the first interface.
        consuming func read(
            keeping original: SavefileOriginal? = nil, isCopied: Bool = false
        ) throws(CaptureError) -> Source {
            switch consume self {
            case .unread(let unread):
                guard unread.engine == .libpcap else {
                    return .native(
                        try SavefileReader(unread.file, wakeDescriptor: StopSignals.descriptor, keeping: original))
                }
                let reader = try LibpcapReader(unread.file)
                if isCopied, reader.isPcapng {
                    StandardError.write(
                        line: "earshot: libpcap reads the packets of a pcapng only: its comments, options, names and "
                            + "secrets are left out; --engine native keeps them")
                }
                return .libpcap(reader)
            case .native(let reader): return .native(reader)
            case .libpcap(let reader): return .libpcap(reader)
            }
        }
    }
}

extension OpenedFile.Header {
    fileprivate init(_ reader: borrowing SavefileReader) {
        self.init(
            linkType: reader.linkType, precision: reader.precision, snapshotLength: reader.snapshotLength,
            interface: reader.interfaceName)
    }

    fileprivate init(_ reader: borrowing LibpcapReader) {
        self.init(
            linkType: reader.linkType, precision: reader.precision, snapshotLength: reader.snapshotLength,
            interface: nil)
    }
}
