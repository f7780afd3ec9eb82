import ArgumentParser
import Host
import PacketCapture
import PacketDecoding

/// Who reads savefiles.
enum SavefileEngine: String, ExpressibleByArgument, CaseIterable {
    case native, libpcap
}

/// A savefile and the filter its packets pass.
struct OpenedFile: ~Copyable {
    /// Of the first interface.
    let linkType: LinkType
    let precision: TimestampPrecision
    let snapshotLength: Int
    /// The first interface's; nil where the file does not name it.
    let interfaceName: String?
    /// What a copy keeps beside the packets.
    let original: SavefileOriginal?

    private let source: Source
    private var filter: SavefileFilter?

    private enum Source: ~Copyable {
        case native(SavefileReader)
        case libpcap(LibpcapReader)
    }

    /// - Parameters:
    ///   - expression: empty when every packet is wanted.
    ///   - isCopied: whether packets are written to another savefile.
    init(
        _ path: String, engine: SavefileEngine = .native, filter expression: String = "", isCopied: Bool = false
    ) throws(Failure) {
        // From here on a stop signal ends the reading, and what was read is still shown.
        do { try StopSignals.install() } catch { throw Failure(error) }
        do throws(CaptureError) {
            switch engine {
            case .native:
                let original = isCopied ? SavefileOriginal() : nil
                try self.init(
                    SavefileReader(path: path, wakeDescriptor: StopSignals.descriptor, keeping: original),
                    filter: expression, original)
            case .libpcap:
                let reader = try LibpcapReader(path: path)
                if isCopied, reader.isPcapng {
                    StandardError.write(
                        line: "earshot: libpcap reads the packets of a pcapng only: its comments, options, names and "
                            + "secrets are left out; --engine native keeps them")
                }
                try self.init(reader, filter: expression)
            }
        } catch {
            // What a pipe was about to bring is no damage.
            throw StopSignals.stopRequested ? .stopped : Failure(error)
        }
    }

    private init(
        _ reader: consuming SavefileReader, filter expression: String, _ original: SavefileOriginal?
    ) throws(CaptureError) {
        filter = try Self.compile(expression, reader.linkType, reader.snapshotLength)
        linkType = reader.linkType
        precision = reader.precision
        snapshotLength = reader.snapshotLength
        interfaceName = reader.interfaceName
        self.original = original
        source = .native(reader)
    }

    private init(_ reader: consuming LibpcapReader, filter expression: String) throws(CaptureError) {
        filter = try Self.compile(expression, reader.linkType, reader.snapshotLength)
        linkType = reader.linkType
        precision = reader.precision
        snapshotLength = reader.snapshotLength
        interfaceName = nil
        original = nil
        source = .libpcap(reader)
    }

    private static func compile(
        _ expression: String, _ linkType: LinkType, _ snapshotLength: Int
    ) throws(CaptureError) -> SavefileFilter? {
        guard !expression.isEmpty else { return nil }
        // Names in it are looked up.
        return try StopSignals.endingAtOnce { () throws(CaptureError) in
            try SavefileFilter(expression, linkType: linkType, snapshotLength: snapshotLength)
        }
    }

    /// The compiled filter, as `-d` prints it.
    func filterListing(_ style: FilterListingStyle) throws(Failure) -> [String] {
        if let filter { return filter.listing(style) }
        do { return try CaptureFilter("", linkType: linkType).listing(style) } catch { throw Failure(error) }
    }

    /// The file once more: see ``Frame/position``.
    func window() -> FileWindow? {
        switch source {
        case .native(let reader):
            reader.positionedDescriptor.flatMap { FileWindow($0, "reading the savefile once more") }
        case .libpcap: nil
        }
    }

    /// Gives up rights, and prints every packet that the filter accepts with `jobs` threads, at most `limit` of them.
    consuming func print(limit: Int?, lockdown: Lockdown, jobs: Int, _ style: PrintStyle) throws(Failure) {
        try lockdown.enter()
        switch consume source {
        case .native(let reader): try printInParallel(reader, filter: filter, limit: limit, jobs: jobs, style)
        case .libpcap(let reader): try printInParallel(reader, filter: filter, limit: limit, jobs: jobs, style)
        }
    }

    /// Gives up rights, and hands every packet that the filter accepts to `consumer`, at most `limit` of them.
    consuming func pump<Consumer: PacketConsumer & ~Copyable>(
        limit: Int?, lockdown: Lockdown, into consumer: inout Consumer
    ) throws(Failure) {
        try lockdown.enter()
        switch consume source {
        case .native(var reader):
            try earshot.pump(&reader, filter: &filter, limit: limit, into: &consumer)
            // A pipe may have no end: what stands behind the last packet wanted is looked for in files.
            if original != nil, limit != nil, reader.progress != nil { reader.skipPackets() }
        case .libpcap(var reader): try earshot.pump(&reader, filter: &filter, limit: limit, into: &consumer)
        }
    }
}
