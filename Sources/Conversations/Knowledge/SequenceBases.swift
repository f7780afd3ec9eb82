public import PacketDecoding

/// What the numbers of one segment count from.
public struct SegmentBases: BitwiseCopyable, Sendable {
    /// To subtract, modulo 2^32, from the sequence number.
    public let sequence: UInt32
    /// To subtract, modulo 2^32, from the acknowledgment number and from the edges of SACK blocks.
    public let acknowledgment: UInt32
    /// Whether one-line output, too, subtracts them.
    public let isRelative: Bool
    /// Whose first number the segment has, if it has it: where it is the first of a conversation that began before the
    /// capture, it may be the server's.
    public let opening: ConversationSide?
    /// Whether the SYN of its stream is known, or its acknowledgment, and what comes directly behind it was not captured
    /// so far.
    public let isEarly: Bool
}

/// What one-line output subtracts from TCP sequence numbers, by tcpdump's rule (tcpdump(8), option `-S`).
///
/// The rule, for segments with the ACK flag: the first one of a conversation, and any with SYN, is printed with
/// the numbers on the wire, and sets the bases: its sequence number for its direction, the one before its
/// acknowledgment number for the other. All others are relative to the bases. Without ACK numbers are absolute, and
/// nothing is remembered, so a conversation is based on its SYN,ACK. A conversation is its addresses and ports,
/// however often a connection between them was opened.
///
/// Unlike tcpdump's, the memory is bounded: past ``capacity`` conversations the first ones are forgotten, and
/// begin anew if they go on.
public struct SequenceBases: ~Copyable {
    /// Conversations remembered.
    public let capacity: Int

    private var table = BaseTable()
    /// Whose turn it is to be forgotten: the fingerprints in the order in which they came.
    private var order: [UInt64] = []
    private var oldest = 0
    private let fingerprinter: FlowFingerprinter

    /// - Parameters:
    ///   - capacity: conversations remembered at most, at least 1.
    ///   - seed: of the hash; nil takes a random one.
    public init(capacity: Int = 65536, seed: UInt64? = nil) {
        self.init(capacity: capacity, FlowFingerprinter(seed: seed))
    }

    init(capacity: Int = 65536, _ fingerprinter: FlowFingerprinter) {
        self.capacity = min(max(1, capacity), Int(Int32.max))
        self.fingerprinter = fingerprinter
    }

    /// What the numbers of TCP layer `tcpIndex` count from, which they take part in from now on: ask once per segment,
    /// in order. Nil where there is nothing to count from: a segment with neither ACK nor SYN, or cut.
    public mutating func bases(for packet: Packet, at tcpIndex: Int) -> SegmentBases? {
        guard let header = packet.segmentHeader(at: tcpIndex), header.isSound else { return nil }
        return bases(for: packet, header, fingerprinter.fingerprint(of: packet, at: tcpIndex), at: tcpIndex)
    }

    /// - Parameter flow: by this table's own fingerprints.
    @inline(__always)
    mutating func bases(
        for packet: Packet, _ header: TCPHeader, _ flow: FlowFingerprint?, at tcpIndex: Int
    ) -> SegmentBases? {
        let isSYN = header.flags.contains(.syn)
        let number = header.sequenceNumber.rawValue
        guard header.flags.contains(.ack), let flow else {
            guard isSYN else { return nil }
            return SegmentBases(sequence: number, acknowledgment: 0, isRelative: false, opening: nil, isEarly: false)
        }
        if !isSYN, let known = table.position(of: flow.value) {
            let bases = table[known]
            let (own, other) = flow.isForward ? (bases.forward, bases.backward) : (bases.backward, bases.forward)
            let distance = number &- own
            var opening: ConversationSide?
            if distance == 1 {
                opening = bases.opener(isForward: flow.isForward)
                if packet.layers[tcpIndex].end > packet.layers[tcpIndex].payloadOffset { table[known].begin(flow) }
            }
            return SegmentBases(
                sequence: own, acknowledgment: other, isRelative: true, opening: opening,
                isEarly: distance > 1 && !bases.hasBegun(flow))
        }
        remember(BaseTable.Entry(flow, header))
        return SegmentBases(
            sequence: number, acknowledgment: header.acknowledgmentNumber.rawValue &- 1, isRelative: false,
            opening: isSYN ? nil : .server, isEarly: false)
    }

    @inline(never)
    private mutating func remember(_ entry: BaseTable.Entry) {
        if let known = table.position(of: entry.fingerprint) {
            table[known] = entry
            return
        }
        if order.count < capacity {
            order.append(entry.fingerprint)
        } else {
            table.remove(order[oldest])
            order[oldest] = entry.fingerprint
            oldest = (oldest &+ 1) % capacity
        }
        table.insert(entry)
    }
}

/// Bases by fingerprint: open addressing, at most half full, four entries to a cache line.
private struct BaseTable {
    struct Entry: BitwiseCopyable {
        private(set) var fingerprint: UInt64 = 0
        /// Bases of the segments that run forward, and of the others.
        private(set) var forward: UInt32 = 0
        private(set) var backward: UInt32 = 0

        static var free: Entry { Entry() }

        private init() {}

        /// Those that the first segment of a conversation sets.
        init(_ flow: FlowFingerprint, _ header: TCPHeader) {
            fingerprint = BaseTable.key(flow.value)
            // In midstream nobody knows what is early.
            fingerprint |=
                header.flags.contains(.syn) ? Self.beganWithAnswer : Self.forwardHasBegun | Self.backwardHasBegun
            if flow.isForward { fingerprint |= Self.firstRanForward }
            let own = header.sequenceNumber.rawValue
            let other = header.acknowledgmentNumber.rawValue &- 1
            (forward, backward) = flow.isForward ? (own, other) : (other, own)
        }

        /// Whether the first segment was the server's SYN,ACK.
        private static var beganWithAnswer: UInt64 { 1 }
        private static var firstRanForward: UInt64 { 2 }
        /// Whether the first byte of the stream was captured.
        private static var forwardHasBegun: UInt64 { 4 }
        private static var backwardHasBegun: UInt64 { 8 }
        /// The bits of the fingerprint that tell something else.
        static var marks: UInt64 { 15 }

        func hasBegun(_ flow: FlowFingerprint) -> Bool {
            fingerprint & (flow.isForward ? Self.forwardHasBegun : Self.backwardHasBegun) != 0
        }

        mutating func begin(_ flow: FlowFingerprint) {
            fingerprint |= flow.isForward ? Self.forwardHasBegun : Self.backwardHasBegun
        }

        /// Whose stream a segment of that direction begins with, if it begins one and is no SYN; in midstream the
        /// first to speak is the client.
        func opener(isForward: Bool) -> ConversationSide? {
            let isFirstDirection = isForward == (fingerprint & Self.firstRanForward != 0)
            if fingerprint & Self.beganWithAnswer != 0 { return isFirstDirection ? .server : .client }
            return isFirstDirection ? nil : .server
        }
    }

    /// A power of two of them; those with fingerprint 0 are free.
    private var entries = [Entry](repeating: .free, count: 256)
    private var count = 0

    /// The part of a fingerprint that is stored, never 0.
    fileprivate static func key(_ fingerprint: UInt64) -> UInt64 { fingerprint & ~Entry.marks | 16 }

    private func home(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key >> 5) & (entries.count &- 1) }

    subscript(position: Int) -> Entry {
        get { entries[position] }
        set { entries[position] = newValue }
    }

    @inline(__always)
    func position(of fingerprint: UInt64) -> Int? {
        let key = Self.key(fingerprint)
        var position = home(key)
        while entries[position].fingerprint != 0 {
            if entries[position].fingerprint & ~Entry.marks == key { return position }
            position = (position &+ 1) & (entries.count &- 1)
        }
        return nil
    }

    mutating func insert(_ entry: Entry) {
        if (count &+ 1) &* 2 > entries.count { grow() }
        place(entry)
        count &+= 1
    }

    mutating func remove(_ fingerprint: UInt64) {
        guard var hole = position(of: fingerprint) else { return }
        count &-= 1
        let mask = entries.count &- 1
        // Entries after the hole move back unless that would take them before their own place (Knuth 6.4 R).
        var position = (hole &+ 1) & mask
        while entries[position].fingerprint != 0 {
            let start = home(entries[position].fingerprint)
            if (position &- start) & mask >= (position &- hole) & mask {
                entries[hole] = entries[position]
                hole = position
            }
            position = (position &+ 1) & mask
        }
        entries[hole] = .free
    }

    private mutating func place(_ entry: Entry) {
        var position = home(entry.fingerprint)
        while entries[position].fingerprint != 0 { position = (position &+ 1) & (entries.count &- 1) }
        entries[position] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: .free, count: old.count &* 2)
        for entry in old where entry.fingerprint != 0 { place(entry) }
    }
}
