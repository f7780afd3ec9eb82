import CLinux
import Glibc
public import PacketDecoding

/// The packets of a savefile, read as it streams: pcap in either byte order and precision and its known variants, and
/// pcapng with any number of sections and interfaces, each as it is or compressed with gzip.
///
/// A file that is cut or contradicts itself gives every packet before that place, then an error.
///
/// It may be sent to another thread: nothing else has access to the memory that it points to.
@safe public struct SavefileReader: ~Copyable, PacketSource, @unchecked Sendable {
    /// Of the first interface; Ethernet where there is none. Each frame tells its own.
    public let linkType: LinkType
    /// The most bytes captured of a frame, as the file says of the first interface; 262,144 where it says nothing.
    public let snapshotLength: Int
    /// The file's own precision; a pcapng counts as nanoseconds.
    public let precision: TimestampPrecision
    /// The first interface's name; nil where the file has none.
    public let interfaceName: String?
    public private(set) var isFinished = false
    /// Packets delivered so far.
    public private(set) var packetCount = 0

    private let name: String
    private var input: SavefileInput
    /// Nil in a pcapng.
    private let pcap: PcapFormat?
    /// Nil where records are laid out otherwise, and after the last one.
    private var plainRecords: PlainPcapRecords?
    /// Nil in a pcap.
    private var pcapng: PcapngFormat?
    /// Whether frames come with their whole records.
    private let keepsRecords: Bool

    /// What tcpdump captures of a frame where it is told nothing, in bytes: a pcap record may be that long whatever
    /// the file's header says.
    static var usualSnapshotLength: Int { 262_144 }
    /// A longer record is taken for a lie, in bytes: it has to be held in memory.
    static var maximumRecordLength: Int { 16 << 20 }

    /// Opens a savefile and reads up to its first interface.
    ///
    /// - Parameters:
    ///   - path: `-` is the standard input.
    ///   - wakeDescriptor: a descriptor that ends the file by becoming readable, for pipes that may stay silent: an
    ///     eventfd that a signal handler writes to. The caller reads it.
    ///   - original: gets what a copy needs beside the packets: a new one, for this file and its copies alone.
    /// - Throws: where it cannot be opened, is a directory, empty, damaged before its first interface, or no savefile.
    public init(
        path: String, wakeDescriptor: Int32? = nil, keeping original: SavefileOriginal? = nil
    ) throws(CaptureError) {
        try self.init(
            UnreadSavefile(path: path, waits: wakeDescriptor == nil), wakeDescriptor: wakeDescriptor, keeping: original)
    }

    /// Reads an open savefile up to its first interface; the rest as above.
    public init(
        _ file: consuming UnreadSavefile, wakeDescriptor: Int32? = nil, keeping original: SavefileOriginal? = nil
    ) throws(CaptureError) {
        var file = file
        let (name, operation, size) = (file.name, file.operation, file.size)
        do throws(SavefileFault) {
            try self.init(
                name: name, SavefileInput(descriptor: file.take(), wakeDescriptor: wakeDescriptor, size: size),
                keeping: original)
        } catch {
            throw error.error(operation)
        }
    }

    private init(
        name: String, _ input: consuming SavefileInput, keeping original: SavefileOriginal?
    ) throws(SavefileFault) {
        var input = input
        try input.detectCompression()
        let isPcapng: Bool
        let checkSequenceLength: Int?
        if let pcap = try PcapFormat(&input) {
            isPcapng = false
            checkSequenceLength = pcap.checkSequenceLength
            linkType = pcap.linkType
            snapshotLength = pcap.snapshotLength == 0 ? Self.usualSnapshotLength : pcap.snapshotLength
            precision = pcap.precision
            interfaceName = nil
            self.pcap = pcap
            plainRecords = PlainPcapRecords(pcap)
            pcapng = nil
        } else if var pcapng = try PcapngFormat(&input, keeping: original) {
            try pcapng.readFirstInterface(&input)
            let first = pcapng.interfaces.first
            isPcapng = true
            checkSequenceLength = first?.checkSequenceLength
            linkType = first?.linkType ?? .ethernet
            snapshotLength = first.map(\.snapshotLength).flatMap { $0 == 0 ? nil : $0 } ?? Self.usualSnapshotLength
            precision = .nanoseconds
            interfaceName = first?.name
            pcap = nil
            self.pcapng = pcapng
        } else {
            throw try Self.refusal(&input)
        }
        keepsRecords = isPcapng && original != nil
        self.name = name
        self.input = input
        original?.isPcapng = isPcapng
        original?.description = SavefileDescription(
            linkType: linkType, snapshotLength: snapshotLength, interface: interfaceName,
            checkSequenceLength: checkSequenceLength)
    }

    public var progress: ReadingProgress? { input.progress }

    /// The open file, where frames tell their ``Frame/position`` in it; it stays the reader's.
    public var positionedDescriptor: Int32? { input.positionedDescriptor }

    @_lifetime(&self)
    public mutating func next() throws(CaptureError) -> Frame? {
        if let record = unsafe plainRecords?.next(from: &input) { return unsafe frame(record) }
        return try nextOfAnyLayout()
    }

    @inline(never)
    @_lifetime(&self)
    private mutating func nextOfAnyLayout() throws(CaptureError) -> Frame? {
        guard !isFinished else { return nil }
        do throws(SavefileFault) {
            if let record = unsafe try pcap?.next(from: &input) { return unsafe frame(record) }
            if let record = unsafe try pcapng?.next(from: &input) {
                if keepsRecords || pcapng?.comments.isEmpty == false { return unsafe frameWithRecord(record) }
                return unsafe frame(record)
            }
            finish()
            return nil
        } catch {
            finish()
            throw error.error("reading " + name, packetNumber: packetCount + 1)
        }
    }

    private mutating func finish() {
        isFinished = true
        plainRecords = nil
    }

    @inline(__always)
    @_lifetime(&self)
    private mutating func frame(_ record: SavefileRecord) -> Frame {
        packetCount &+= 1
        let bytes = unsafe RawSpan(_unsafeStart: record.bytes, byteCount: record.capturedLength)
        var frame = unsafe Frame(bytes, header: FrameHeader(record, number: packetCount))
        frame.position = unsafe input.position(of: record.bytes)
        return unsafe _overrideLifetime(frame, mutating: &self)
    }

    /// A frame with its block, and the comments in that.
    @_lifetime(&self)
    private mutating func frameWithRecord(_ record: SavefileRecord) -> Frame {
        packetCount &+= 1
        let ranges = pcapng?.comments ?? []
        // The array's memory stays as it is until the next packet is read.
        let bytes = unsafe RawSpan(_unsafeStart: record.bytes, byteCount: record.capturedLength)
        let block = unsafe RawSpan(
            _unsafeBytes: pcapng?.block(of: record) ?? UnsafeRawBufferPointer(start: nil, count: 0))
        var frame = unsafe Frame(
            bytes, header: FrameHeader(record, number: packetCount),
            comments: FrameComments(ranges.span, in: block))
        frame.position = unsafe input.position(of: record.bytes)
        return unsafe _overrideLifetime(frame, mutating: &self)
    }

    /// Reads on to the end for what stands between and behind the packets, none of which is handed out: a copy that
    /// wants no further packet may still want the names at the end. Where the file is damaged the end has come.
    public mutating func skipPackets() {
        guard pcapng != nil else { return finish() }
        while !isFinished {
            do throws(SavefileFault) {
                if unsafe try pcapng?.next(from: &input) == nil { finish() }
            } catch {
                finish()
            }
        }
    }

    /// Why a file is neither pcap nor pcapng.
    private static func refusal(_ input: inout SavefileInput) throws(SavefileFault) -> SavefileFault {
        // As much as ForeignFormat looks at, if there is so much.
        _ = try input.require(1 << 16)
        let bytes = input.bytes
        if bytes.byteCount == 0 { return .damaged("the file is empty", offset: 0) }
        if let name = ForeignFormat.name(bytes) {
            return .damaged("not a savefile: neither pcap nor pcapng, but \(name)", offset: 0)
        }
        if bytes.byteCount < 4 { return .damaged("cut in the file header", offset: bytes.byteCount) }
        return .damaged("not a savefile: neither pcap nor pcapng", offset: 0)
    }
}
