// Reassembly of IP datagrams: RFC 791 section 3.2, RFC 8200 section 4.5.

public import PacketDecoding

/// What became of the datagrams whose fragments a reassembler was given.
@frozen public struct ReassemblyStatistics: BitwiseCopyable, Hashable, Sendable {
    /// Datagrams put together.
    public var completed = 0
    /// Datagrams given up because their time was over.
    public var timedOut = 0
    /// Datagrams given up because others needed the memory; fragments of theirs that come later begin none anew.
    public var evicted = 0
    /// Datagrams with fragments that overlap in different bytes.
    public var conflicting = 0
    /// Those of IPv6 with fragments that overlap at all, but for the same one twice: their receiver discards them
    /// (RFC 8200 section 4.5, RFC 5722).
    public var overlapping = 0
    /// Fragments that no datagram can have: empty, of a length that is no multiple of eight though others follow,
    /// ending beyond 65,535 bytes or on the wrong side of the last one's end, or shorter than their own length field.
    public var refusedFragments = 0

    public init() {}
}

/// What is known of a reassembled datagram beside its bytes.
struct ReassembledDatagram: BitwiseCopyable {
    var header: FrameHeader
    var headerLength, payloadLength: Int
    var fragmentCount, firstFrame: Int
    var hasConflict, hasOverlap: Bool
}

/// A datagram put together from its fragments.
public struct Reassembled: ~Escapable {
    /// The packet that was fragmented, from its IP header on: that of the first fragment, with the length and checksum
    /// of the whole. Number and time are those of the frame that completed it. Where fragments were snapped it is
    /// captured up to the first byte that is missing.
    public let frame: Frame
    /// Length of the IP header with its options, or with the extension headers that every fragment repeated, in bytes.
    public let headerLength: Int
    /// Length of the payload on the wire, in bytes.
    public let payloadLength: Int
    /// Fragments that it is made of; those that only repeated others don't count.
    public let fragmentCount: Int
    /// Number of the frame whose fragment came first.
    public let firstFrame: Int
    /// Whether fragments overlapped in different bytes. Those that came first were taken.
    public let hasConflict: Bool
    /// Whether fragments of IPv6 overlapped, but for the same one twice: its receiver discards such a datagram (RFC
    /// 8200 section 4.5).
    public let hasOverlap: Bool

    @_lifetime(copy bytes)
    fileprivate init(_ bytes: RawSpan, _ datagram: ReassembledDatagram) {
        frame = Frame(bytes, header: datagram.header)
        headerLength = datagram.headerLength
        payloadLength = datagram.payloadLength
        fragmentCount = datagram.fragmentCount
        firstFrame = datagram.firstFrame
        hasConflict = datagram.hasConflict
        hasOverlap = datagram.hasOverlap
    }
}

/// Puts the fragments of IPv4 and IPv6 datagrams together, in bounded memory.
///
/// Fragments of different VLANs and tunnels are never put together. The bytes that come first win, whatever overlaps
/// them later. Time is that of the frames: there is no clock.
///
///     var reassembler = IPReassembler()
///     if packet.isFragment, let whole = reassembler.add(packet) {
///         let packet = decoder.decode(whole.frame)
///         …
///     }
public struct IPReassembler: ~Copyable {
    /// How deep fragments are looked for in what was itself reassembled: a tunnel's entry may fragment its packets,
    /// and so may one around it.
    private static var maximumNesting: Int { 8 }

    private var table: FragmentTable
    private var decoder = PacketDecoder()
    private var output: [UInt8] = []
    private var spare: [UInt8] = []

    /// - Parameters:
    ///   - memoryLimit: bytes held at most for datagrams that are not complete, at least what a longest one takes.
    ///     The oldest ones make room.
    ///   - lifetime: nanoseconds after its first fragment that a datagram is given up. One without times waits for
    ///     ever.
    ///   - seed: of the hash; nil takes a random one, so that no peer can make entries collide.
    public init(memoryLimit: Int = 16 << 20, lifetime: Int64 = 30_000_000_000, seed: UInt64? = nil) {
        table = FragmentTable(memoryLimit: memoryLimit, lifetime: lifetime, seed: seed)
    }

    public var statistics: ReassemblyStatistics { table.statistics }
    /// Datagrams that wait for fragments.
    public var pendingCount: Int { table.count }
    /// Datagrams of which parts are missing, or not there yet; those given up for memory don't count.
    public var incompleteCount: Int { statistics.timedOut &+ pendingCount }
    /// Bytes held at most for datagrams that are not complete.
    public var memoryLimit: Int { table.memoryLimit }
    /// Bytes held for datagrams that wait for fragments, bookkeeping included; never more than the limit.
    public var memoryInUse: Int { table.memoryInUse }

    /// Takes a fragment; what is none is ignored.
    ///
    /// - Returns: the datagram, where this was its last missing fragment. It may itself be, or carry, a fragment of
    ///   another datagram, which is then not complete.
    @_lifetime(&self)
    public mutating func add(_ packet: Packet) -> Reassembled? {
        guard var whole = table.add(packet, into: &output) else { return nil }
        for _ in 1..<Self.maximumNesting {
            guard let carried = addCarried(whole.header) else { break }
            whole = carried
            swap(&output, &spare)
        }
        return unsafe Reassembled(output.span.bytes, whole)
    }

    /// Takes what was just reassembled as a fragment; the datagram that it completes is then in `spare`.
    private mutating func addCarried(_ header: FrameHeader) -> ReassembledDatagram? {
        // A second reference: the compiler takes a span of `output` for one of everything else.
        let packet = output
        let frame = unsafe Frame(packet.span.bytes, header: header)
        return table.add(decoder.decode(frame), into: &spare)
    }
}
