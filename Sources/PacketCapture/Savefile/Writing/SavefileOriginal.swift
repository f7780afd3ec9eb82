import PacketDecoding

/// What a savefile holds beside its packets, on its way from the ``SavefileReader`` to the ``SavefileWriter`` of a copy:
///
/// ```swift
/// let original = SavefileOriginal()
/// var reader = try SavefileReader(path: "all.pcapng", keeping: original)
/// var writer = try SavefileWriter(path: "some.pcapng", format: .pcapng, copying: original)
/// while let frame = try reader.next() {
///     if isWanted(frame) { try writer.write(frame) }
/// }
/// try writer.close()
/// ```
///
/// The copy leaves out packets and nothing else: sections, interfaces, names, secrets, statistics, and every packet's
/// comments and options stand in it as they do in the original, in the same order. The reader and its writers take turns:
/// they are one thread's. A second writer that begins later has what came before too, as far as it is in force.
@safe public final class SavefileOriginal: @unchecked Sendable {
    /// What the file says of its first interface, or of all its frames.
    public internal(set) var description = SavefileDescription(linkType: .ethernet)
    /// Whether blocks are copied, and frames come with their records.
    public internal(set) var isPcapng = false

    struct Block {
        let type: UInt32
        let isSwapped: Bool
        let bytes: [UInt8]
    }

    /// What is held in memory at most, in bytes: of blocks on their way, and of those in force.
    private static let limit = 64 << 20

    /// Blocks that no writer has written yet.
    private var pending: [Block] = []
    private var pendingBytes = 0
    /// Blocks of the section that count for all packets that follow: its header, interfaces, names and secrets.
    private var standing: [Block] = []
    private var standingBytes = 0
    /// Of the section; and its byte order.
    private(set) var interfaces: [PcapngInterface] = []
    private(set) var isSwapped = false
    /// Blocks that were too large to be held, and those that are not kept for a later writer.
    private var oversized = 0

    public init() {}

    var hasPending: Bool { !pending.isEmpty || oversized > 0 }

    /// Takes up a block that is no packet.
    func keep(_ type: UInt32, _ bytes: RawSpan, isSwapped: Bool) {
        if type == PcapngBlockType.section {
            standing.removeAll()
            standingBytes = 0
            interfaces.removeAll()
            self.isSwapped = isSwapped
        }
        guard pendingBytes + bytes.byteCount <= Self.limit else { return omitOversized() }
        let block = Block(
            type: type, isSwapped: isSwapped, bytes: unsafe bytes.withUnsafeBytes { unsafe Array($0) })
        pending.append(block)
        pendingBytes += bytes.byteCount
        switch type {
        case PcapngBlockType.section, PcapngBlockType.interface, PcapngBlockType.nameResolution,
            PcapngBlockType.secrets:
            guard standingBytes + bytes.byteCount <= Self.limit else { return }
            standing.append(block)
            standingBytes += bytes.byteCount
        default: break
        }
    }

    func describe(_ interface: PcapngInterface) { interfaces.append(interface) }

    func omitOversized() { oversized += 1 }

    /// The blocks that a writer has to write next.
    ///
    /// - Parameter isFirst: whether the writer has written nothing yet: then it begins with what is in force.
    /// - Returns: also how many blocks could not be held.
    func take(isFirst: Bool) -> (blocks: [Block], oversized: Int) {
        defer {
            pending.removeAll()
            pendingBytes = 0
            oversized = 0
        }
        if isFirst, pending.first?.type != PcapngBlockType.section { return (standing, oversized) }
        return (pending, oversized)
    }
}
