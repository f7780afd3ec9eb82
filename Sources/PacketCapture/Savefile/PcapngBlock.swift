import PacketDecoding

/// The types of blocks that mean something here (draft-ietf-opsawg-pcapng section 4).
enum PcapngBlockType {
    static let section: UInt32 = 0x0a0d_0d0a
    static let interface: UInt32 = 1
    static let obsoletePacket: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let nameResolution: UInt32 = 4
    static let statistics: UInt32 = 5
    static let enhancedPacket: UInt32 = 6
    static let journal: UInt32 = 9
    static let secrets: UInt32 = 10
    static let custom: UInt32 = 0x0bad
    /// A custom block that is not to be copied into a new file by who does not know it.
    static let uncopiedCustom: UInt32 = 0x4000_0bad
}

/// A block as it stands in a file, from its type to its second length.
struct PcapngBlock: ~Escapable {
    let bytes: RawSpan
    let isSwapped: Bool

    /// The codes of options of comments, and of custom ones that are not to be copied (section 3.5).
    private static let comment: UInt16 = 1
    private static let uncopied: ClosedRange<UInt16> = 19372...19373

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, isSwapped: Bool) {
        self.bytes = bytes
        self.isSwapped = isSwapped
    }

    var type: UInt32 { bytes.number(UInt32.self, at: 0, isSwapped: isSwapped) }

    /// What its options are.
    struct Options {
        /// Comments, options that are not to be copied, and all others.
        var comments = 0
        var uncopied = 0
        var others = 0

        var isEmpty: Bool { comments == 0 && uncopied == 0 && others == 0 }
    }

    func countOptions() -> Options {
        var counts = Options()
        guard var options = optionCursor else { return counts }
        while let option = options.next(in: bytes), option.length <= options.end &- option.offset {
            if option.code == Self.comment {
                counts.comments &+= 1
            } else if Self.uncopied ~= option.code {
                counts.uncopied &+= 1
            } else {
                counts.others &+= 1
            }
        }
        return counts
    }

    /// The block without the options that are not to be copied.
    func copiedBytes() -> [UInt8] {
        guard var options = optionCursor else { return unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
        var result = copy(0..<options.offset)
        while let option = options.next(in: bytes), option.length <= options.end &- option.offset {
            guard !(Self.uncopied ~= option.code) else { continue }
            result += copy(option.offset &- 4..<min(options.offset, options.end))
        }
        // The end of options, and the length at both ends.
        result += [0, 0, 0, 0]
        let length = UInt32(result.count &+ 4)
        let stored = isSwapped ? length.byteSwapped : length
        unsafe withUnsafeBytes(of: stored) {
            unsafe result.replaceSubrange(4..<8, with: $0)
            unsafe result.append(contentsOf: $0)
        }
        return result
    }

    private func copy(_ range: Range<Int>) -> [UInt8] {
        unsafe bytes.extracting(range).withUnsafeBytes { unsafe Array($0) }
    }

    /// Nil where the block has no options, or nobody knows where.
    private var optionCursor: PcapngOptionCursor? {
        let end = bytes.byteCount &- 4
        guard let start = optionsOffset, start &+ 4 <= end else { return nil }
        return PcapngOptionCursor(offset: start, end: end, isSwapped: isSwapped)
    }

    private var optionsOffset: Int? {
        switch type {
        case PcapngBlockType.section: 24
        case PcapngBlockType.interface: 16
        case PcapngBlockType.enhancedPacket, PcapngBlockType.obsoletePacket: padded(28, length: 20)
        case PcapngBlockType.secrets: padded(16, length: 12)
        case PcapngBlockType.statistics: 20
        case PcapngBlockType.nameResolution: endOfNames
        default: nil
        }
    }

    /// Where data end that begin at `start` and whose length stands at `length`.
    private func padded(_ start: Int, length: Int) -> Int? {
        guard bytes.byteCount >= length &+ 4 else { return nil }
        return start &+ (Int(bytes.number(UInt32.self, at: length, isSwapped: isSwapped)) &+ 3) & ~3
    }

    /// Behind the records of a name resolution block (section 4.5), each a type, a length and a value; type 0 is the last.
    private var endOfNames: Int {
        var records = PcapngOptionCursor(offset: 8, end: bytes.byteCount &- 4, isSwapped: isSwapped)
        while records.next(in: bytes) != nil {}
        return records.offset &+ 4
    }
}
