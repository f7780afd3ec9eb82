import PacketDecoding

// pcapng: draft-ietf-opsawg-pcapng. A file is one or more sections, each with a byte order and interfaces of its own.
// Every block has its length at both ends:
//
//     0               4               8
//    +---------------+---------------+------------------+---------------+
//    | type          | total length  | body ...         | total length  |
//    +---------------+---------------+------------------+---------------+

/// Reads the blocks of a pcapng file: packets come out, section headers and interface descriptions are remembered, all
/// else is passed over.
struct PcapngFormat {
    /// Interfaces a section may have; one with more lies, or wants our memory.
    static var maximumInterfaces: Int { 1 << 16 }
    /// Comments of a packet that are kept.
    static var maximumComments: Int { 1 << 10 }

    /// Of the current section.
    private(set) var interfaces: [PcapngInterface] = []
    /// Where the comments of the last packet stand, counted from the beginning of its block.
    private(set) var comments: [Range<Int>] = []
    private var isSwapped = false
    /// Gets every block that is no packet; nil where nobody wants them.
    private let original: SavefileOriginal?

    private typealias BlockType = PcapngBlockType

    /// Reads the first section header; nil when this is no pcapng.
    init?(_ input: inout SavefileInput, keeping original: SavefileOriginal?) throws(SavefileFault) {
        self.original = original
        // The type reads the same in both byte orders.
        guard try input.require(4), input.number(UInt32.self, at: 0, isSwapped: false) == BlockType.section
        else { return nil }
        try readSection(&input)
    }

    /// Reads up to the first interface, and to no packet.
    mutating func readFirstInterface(_ input: inout SavefileInput) throws(SavefileFault) {
        while interfaces.isEmpty, let block = try nextBlock(&input) {
            switch block.type {
            case BlockType.enhancedPacket, BlockType.simplePacket, BlockType.obsoletePacket: return
            default: try read(block, &input)
            }
        }
    }

    /// The next packet; nil at the end of the file.
    @inline(__always)
    mutating func next(from input: inout SavefileInput) throws(SavefileFault) -> SavefileRecord? {
        if !comments.isEmpty { comments.removeAll(keepingCapacity: true) }
        while let block = try nextBlock(&input) {
            switch block.type {
            case BlockType.enhancedPacket: return unsafe try enhancedPacket(block, &input)
            case BlockType.simplePacket: return unsafe try simplePacket(block, &input)
            case BlockType.obsoletePacket: return unsafe try obsoletePacket(block, &input)
            default: try read(block, &input)
            }
        }
        return nil
    }

    /// The whole block of a record that was just read.
    @unsafe func block(of record: SavefileRecord) -> UnsafeRawBufferPointer {
        // A simple packet, and no other, is without a time.
        let start = unsafe record.bytes - (record.timestamp == nil ? 12 : 28)
        let length = unsafe start.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        let block = Block(type: 0, statedLength: isSwapped ? length.byteSwapped : length)
        return unsafe UnsafeRawBufferPointer(start: start, count: block.length)
    }

    // MARK: Blocks

    /// A block's beginning.
    private struct Block {
        let type: UInt32
        /// As it stands at both ends.
        let statedLength: UInt32
        /// The next block begins after so many bytes.
        var length: Int { (Int(statedLength) &+ 3) & ~3 }
        /// Bytes between the two lengths, padding included.
        var bodyLength: Int { length &- 12 }
    }

    /// Looks at the block that comes next.
    @inline(__always)
    private mutating func nextBlock(_ input: inout SavefileInput) throws(SavefileFault) -> Block? {
        guard try input.require(8) else {
            if input.available == 0 { return nil }
            throw cut(input, of: 8, "in a block's header")
        }
        let type = input.number(UInt32.self, at: 0, isSwapped: isSwapped)
        let length = input.number(UInt32.self, at: 4, isSwapped: isSwapped)
        // A section header's length is in the byte order that only the rest of it tells.
        guard length >= 12 || type == BlockType.section else {
            throw .damaged("a block of \(length) bytes, where 12 are the least", offset: input.offset)
        }
        return Block(type: type, statedLength: length)
    }

    /// Makes a whole block available, whose body has at least `minimum` bytes and whose two lengths agree.
    @inline(__always)
    private func complete(_ block: Block, _ minimum: Int, _ input: inout SavefileInput) throws(SavefileFault) {
        guard block.bodyLength >= minimum, block.length <= SavefileReader.maximumRecordLength else {
            throw .damaged(
                "a block of type \(block.type) of \(block.statedLength) bytes, where it has \(minimum + 12) to "
                    + "\(SavefileReader.maximumRecordLength)", offset: input.offset)
        }
        guard try input.require(block.length) else {
            throw cut(input, of: block.length, "in a block of type \(block.type)")
        }
        let trailer = input.number(UInt32.self, at: block.length &- 4, isSwapped: isSwapped)
        guard trailer == block.statedLength else { throw mismatch(block, trailer, input.offset) }
    }

    /// Reads a block that is no packet.
    @inline(never)
    private mutating func read(_ block: Block, _ input: inout SavefileInput) throws(SavefileFault) {
        switch block.type {
        case BlockType.section: try readSection(&input)
        case BlockType.interface: try readInterface(block, &input)
        default: try pass(block, &input)
        }
    }

    /// Hands a block that lies whole in memory to whoever keeps those.
    private func keep(_ block: Block, _ input: borrowing SavefileInput) {
        guard let original else { return }
        original.keep(block.type, input.bytes.extracting(..<block.length), isSwapped: isSwapped)
    }

    /// Passes over a block of any length in the memory there is.
    private func pass(_ block: Block, _ input: inout SavefileInput) throws(SavefileFault) {
        if let original {
            if block.length <= SavefileReader.maximumRecordLength {
                try complete(block, 0, &input)
                keep(block, input)
                return input.advance(block.length)
            }
            original.omitOversized()
        }
        let offset = input.offset
        guard try input.skip(block.length &- 4), try input.require(4) else {
            throw .damaged(
                "cut in a block of type \(block.type), after \(input.offset &+ input.available &- offset) of "
                    + "\(block.length) bytes", offset: input.offset &+ input.available)
        }
        let trailer = input.number(UInt32.self, at: 0, isSwapped: isSwapped)
        guard trailer == block.statedLength else { throw mismatch(block, trailer, offset) }
        input.advance(4)
    }

    /// Section header (section 4.1): byte order, version, length of the section (which nobody needs), options.
    private mutating func readSection(_ input: inout SavefileInput) throws(SavefileFault) {
        guard try input.require(12) else { throw cut(input, of: 28, "in a section header") }
        switch input.number(UInt32.self, at: 8, isSwapped: false) {
        case 0x1a2b_3c4d: isSwapped = false
        case 0x4d3c_2b1a: isSwapped = true
        default: throw .damaged("a section header without a byte order", offset: input.offset &+ 8)
        }
        let length = input.number(UInt32.self, at: 4, isSwapped: isSwapped)
        let block = Block(type: BlockType.section, statedLength: length)
        try complete(block, 16, &input)
        let major = input.number(UInt16.self, at: 12, isSwapped: isSwapped)
        let minor = input.number(UInt16.self, at: 14, isSwapped: isSwapped)
        // Some programs wrote 1.2 for 1.0 (section 4.1).
        guard major == 1, minor == 0 || minor == 2 else {
            throw .damaged("pcapng of version \(major).\(minor), where 1.0 is known", offset: input.offset &+ 12)
        }
        try options(of: block, from: 24, input) { _, _, _ in }
        interfaces.removeAll(keepingCapacity: true)
        keep(block, input)
        input.advance(block.length)
    }

    /// Interface description (section 4.2): link type, snapshot length, options.
    private mutating func readInterface(_ block: Block, _ input: inout SavefileInput) throws(SavefileFault) {
        try complete(block, 8, &input)
        guard interfaces.count < Self.maximumInterfaces else {
            throw .damaged("more than \(Self.maximumInterfaces) interfaces", offset: input.offset)
        }
        var interface = PcapngInterface(
            linkType: LinkType(inFile: UInt32(input.number(UInt16.self, at: 8, isSwapped: isSwapped))),
            snapshotLength: Int(input.number(UInt32.self, at: 12, isSwapped: isSwapped)))
        try options(of: block, from: 16, input) { code, value, _ in
            interface.apply(code, value, isSwapped: isSwapped)
        }
        interfaces.append(interface)
        keep(block, input)
        original?.describe(interface)
        input.advance(block.length)
    }

    // MARK: Packets

    /// Enhanced packet (section 4.3): interface, time in two halves, two lengths, bytes, options.
    @inline(__always)
    private mutating func enhancedPacket(
        _ block: Block, _ input: inout SavefileInput
    ) throws(SavefileFault) -> SavefileRecord {
        try complete(block, 20, &input)
        return unsafe try packet(
            block, interface: input.number(UInt32.self, at: 8, isSwapped: isSwapped), &input)
    }

    /// Packet (appendix A, obsolete): as an enhanced one, but 16 bits of interface, then of drops.
    private mutating func obsoletePacket(
        _ block: Block, _ input: inout SavefileInput
    ) throws(SavefileFault) -> SavefileRecord {
        try complete(block, 20, &input)
        return unsafe try packet(
            block, interface: UInt32(input.number(UInt16.self, at: 8, isSwapped: isSwapped)), &input)
    }

    @inline(__always)
    private mutating func packet(
        _ block: Block, interface number: UInt32, _ input: inout SavefileInput
    ) throws(SavefileFault) -> SavefileRecord {
        let high = input.number(UInt32.self, at: 12, isSwapped: isSwapped)
        let low = input.number(UInt32.self, at: 16, isSwapped: isSwapped)
        let captured = Int(input.number(UInt32.self, at: 20, isSwapped: isSwapped))
        let stated = Int(input.number(UInt32.self, at: 24, isSwapped: isSwapped))
        guard number < interfaces.count else { throw unknownInterface(number, input.offset) }
        guard captured <= block.bodyLength &- 20 else { throw overlong(captured, block, input.offset) }
        let optionsOffset = 28 &+ (captured &+ 3) & ~3
        var flags = PcapngFlags(rawValue: 0)
        if optionsOffset &+ 8 <= block.length { flags = try readOptions(block, from: optionsOffset, input) }

        let interface = interfaces[Int(number)]
        let record = unsafe SavefileRecord(
            bytes: input.pointer + 28, capturedLength: captured, statedLength: stated,
            timestamp: interface.clock.timestamp(UInt64(high) << 32 | UInt64(low)), linkType: interface.linkType,
            interface: number, flags: flags)
        input.advance(block.length)
        return unsafe record
    }

    /// Simple packet (section 4.4): of the first interface, without a time; its captured length is not written down.
    private func simplePacket(_ block: Block, _ input: inout SavefileInput) throws(SavefileFault) -> SavefileRecord {
        try complete(block, 4, &input)
        guard let interface = interfaces.first else { throw unknownInterface(0, input.offset) }
        let stated = Int(input.number(UInt32.self, at: 8, isSwapped: isSwapped))
        let limit = interface.snapshotLength
        let captured = limit == 0 ? stated : min(stated, limit)
        guard captured <= block.bodyLength &- 4 else { throw overlong(captured, block, input.offset) }
        let record = unsafe SavefileRecord(
            bytes: input.pointer + 12, capturedLength: captured, statedLength: stated, timestamp: nil,
            linkType: interface.linkType, interface: 0)
        input.advance(block.length)
        return unsafe record
    }

    // MARK: Options

    /// Reads a packet's comments and its flags, which are returned.
    @inline(never)
    private mutating func readOptions(
        _ block: Block, from offset: Int, _ input: borrowing SavefileInput
    ) throws(SavefileFault) -> PcapngFlags {
        // Out of self while options(of:) borrows it; nothing is copied.
        var found: [Range<Int>] = []
        swap(&found, &comments)
        defer { comments = found }
        var flags: UInt32 = 0
        try options(of: block, from: offset, input) { code, value, offset in
            if code == PcapngFlags.option, value.byteCount == 4 {
                flags = value.number(UInt32.self, at: 0, isSwapped: isSwapped)
            }
            guard code == 1, found.count < Self.maximumComments else { return }
            found.append(offset..<offset &+ value.upToZero.byteCount)
        }
        return PcapngFlags(rawValue: flags)
    }

    /// Calls `body` with the code and the value of each option of a block, and where in the block the value begins
    /// (section 3.5).
    private func options(
        of block: Block, from start: Int, _ input: borrowing SavefileInput, _ body: (UInt16, RawSpan, Int) -> Void
    ) throws(SavefileFault) {
        let bytes = input.bytes
        let end = block.length &- 4
        var options = PcapngOptionCursor(offset: start, end: end, isSwapped: isSwapped)
        while let option = options.next(in: bytes) {
            guard option.length <= end &- option.offset else {
                throw .damaged(
                    "option \(option.code) has \(option.length) bytes, where its block has \(end &- option.offset) left",
                    offset: input.offset)
            }
            body(
                option.code, bytes.extracting(option.offset..<option.offset &+ option.length), option.offset)
        }
    }

    // MARK: Faults

    @inline(never)
    private func cut(_ input: borrowing SavefileInput, of count: Int, _ place: String) -> SavefileFault {
        .damaged("cut \(place), after \(input.available) of \(count) bytes", offset: input.offset &+ input.available)
    }

    @inline(never)
    private func mismatch(_ block: Block, _ trailer: UInt32, _ offset: Int) -> SavefileFault {
        .damaged(
            "a block of type \(block.type) begins with a length of \(block.statedLength) and ends with one of \(trailer)",
            offset: offset)
    }

    @inline(never)
    private func unknownInterface(_ number: UInt32, _ offset: Int) -> SavefileFault {
        .damaged(
            "a packet of interface \(number), where \(interfaces.count) interfaces have been described",
            offset: offset)
    }

    @inline(never)
    private func overlong(_ captured: Int, _ block: Block, _ offset: Int) -> SavefileFault {
        .damaged("a captured length of \(captured) bytes in a block of \(block.statedLength)", offset: offset)
    }
}
