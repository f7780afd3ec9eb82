import CPcap
import PacketDecoding

// pcap: draft-ietf-opsawg-pcap, pcap-savefile(5).
//
//     file header                           record header
//     0               4                     0               4
//    +---------------+-------+-------+     +---------------+---------------+
//    | magic         | major | minor |     | seconds       | fraction      |
//    | (time zone)   | (accuracy)    |     | captured      | on the wire   |
//    | snapshot len. | link type     |     +---------------+---------------+
//    +---------------+---------------+

/// How the records of a pcap file are laid out.
struct PcapFormat: BitwiseCopyable {
    let linkType: LinkType
    /// As the file says, in bytes.
    let snapshotLength: Int
    let precision: TimestampPrecision
    /// Bytes of frame check sequence at the end of each frame; nil where the file does not say.
    let checkSequenceLength: Int?
    fileprivate let isSwapped: Bool
    fileprivate let recordHeaderLength: Int
    fileprivate let lengthOrder: LengthOrder
    /// More bytes than this, and the record lies.
    fileprivate let maximumLength: Int

    /// Which of the two lengths comes first.
    fileprivate enum LengthOrder {
        case capturedFirst
        /// The lesser one is the captured length.
        case unknown
        case wireFirst
    }

    /// What a file says by its first four bytes.
    private struct Magic {
        var precision = TimestampPrecision.microseconds
        var headerLength = 24
        var recordHeaderLength = 16

        init?(_ number: UInt32) {
            switch number {
            case 0xa1b2_c3d4: break
            case 0xa1b2_3c4d: precision = .nanoseconds
            // Alexey Kuznetzov's patched libpcap: interface, protocol and packet type follow in each record.
            case 0xa1b2_cd34: recordHeaderLength = 24
            // Ixia's lcap, in software and in hardware: the size of all records follows the header.
            case 0x1c00_01ab: headerLength = 28
            case 0x1c00_01ac:
                headerLength = 28
                precision = .nanoseconds
            default: return nil
            }
        }
    }

    /// Reads the file header; nil when this is no pcap.
    init?(_ input: inout SavefileInput) throws(SavefileFault) {
        guard try input.require(4) else { return nil }
        let number = input.number(UInt32.self, at: 0, isSwapped: false)
        guard let magic = Magic(number) ?? Magic(number.byteSwapped) else { return nil }
        let isSwapped = Magic(number) == nil
        guard try input.require(magic.headerLength) else {
            throw .damaged("cut in the file header", offset: input.available)
        }
        let major = input.number(UInt16.self, at: 4, isSwapped: isSwapped)
        let minor = input.number(UInt16.self, at: 6, isSwapped: isSwapped)
        guard major >= 2 else {
            throw .damaged("a pcap of version \(major).\(minor), older than 2.0", offset: 4)
        }
        switch (major, minor) {
        case (2, ..<3): lengthOrder = .wireFirst
        // Some programs wrote the new order under the old number, or the other way round.
        case (2, 3): lengthOrder = .unknown
        // DG/UX's tcpdump.
        case (543, _): lengthOrder = .wireFirst
        default: lengthOrder = .capturedFirst
        }
        let snapshotLength = Int(input.number(UInt32.self, at: 16, isSwapped: isSwapped))
        let link = input.number(UInt32.self, at: 20, isSwapped: isSwapped)
        // Beside the link type stands the length of the frame check sequence; ten bits between them are reserved.
        guard link & 0x03ff_0000 == 0 else {
            throw .damaged("the link type's reserved bits are set: \(link)", offset: 20)
        }
        linkType = LinkType(inFile: link & 0xffff)
        checkSequenceLength = link & 0x0400_0000 == 0 ? nil : Int(link >> 28) &* 2
        self.snapshotLength = snapshotLength
        self.isSwapped = isSwapped
        precision = magic.precision
        recordHeaderLength = magic.recordHeaderLength
        maximumLength = min(max(snapshotLength, SavefileReader.usualSnapshotLength), SavefileReader.maximumRecordLength)
        input.advance(magic.headerLength)
    }

    /// The next record; nil at the end of the file.
    func next(from input: inout SavefileInput) throws(SavefileFault) -> SavefileRecord? {
        guard try input.require(recordHeaderLength) else {
            if input.available == 0 { return nil }
            throw cut(input, after: 0, of: recordHeaderLength, "in a record header")
        }
        // Seconds, their fraction, and the two lengths.
        let words = input.words(isSwapped: isSwapped)
        var captured = Int(words[2])
        var stated = Int(words[3])
        if lengthOrder == .wireFirst || lengthOrder == .unknown && captured > stated { swap(&captured, &stated) }
        guard captured <= maximumLength else {
            throw .damaged(
                "a captured length of \(captured) bytes, where at most \(maximumLength) can be", offset: input.offset)
        }
        guard try input.require(recordHeaderLength &+ captured) else {
            throw cut(input, after: recordHeaderLength, of: captured, "in a packet")
        }
        let nanoseconds = Int64(words[1]) &* (precision == .nanoseconds ? 1 : 1000)
        let record = unsafe SavefileRecord(
            bytes: input.pointer + recordHeaderLength, capturedLength: captured, statedLength: stated,
            // Seconds are unsigned (section 5), so that this cannot overflow.
            timestamp: Timestamp(rawValue: Int64(words[0]) &* 1_000_000_000 &+ nanoseconds),
            linkType: linkType, interface: nil)
        input.advance(recordHeaderLength &+ captured)
        return unsafe record
    }

    @inline(never)
    private func cut(
        _ input: borrowing SavefileInput, after header: Int, of count: Int, _ place: String
    ) -> SavefileFault {
        .damaged(
            "cut \(place), after \(input.available &- header) of \(count) bytes",
            offset: input.offset &+ input.available)
    }
}

/// The records of a pcap as this machine writes them today, as long as they lie whole in memory. That they nearly all do;
/// for any other ``PcapFormat`` has to be asked, which finds the same.
struct PlainPcapRecords: BitwiseCopyable {
    private let linkType: LinkType
    private let maximumLength: Int
    /// Nanoseconds of one fraction.
    private let unit: Int64

    /// Nil where records are laid out otherwise.
    init?(_ format: PcapFormat) {
        guard !format.isSwapped, format.recordHeaderLength == 16, format.lengthOrder == .capturedFirst else {
            return nil
        }
        linkType = format.linkType
        maximumLength = format.maximumLength
        unit = format.precision == .nanoseconds ? 1 : 1000
    }

    /// The next record; nil, and nothing is used up, where it does not lie whole in memory, or lies.
    @inline(__always)
    func next(from input: inout SavefileInput) -> SavefileRecord? {
        let available = input.available
        guard available >= 16 else { return nil }
        let start = unsafe input.pointer
        let captured = unsafe Int(start.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        guard captured <= maximumLength, available &- 16 >= captured else { return nil }
        let seconds = unsafe Int64(start.loadUnaligned(as: UInt32.self))
        let fraction = unsafe Int64(start.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        let record = unsafe SavefileRecord(
            bytes: start + 16, capturedLength: captured,
            statedLength: Int(start.loadUnaligned(fromByteOffset: 12, as: UInt32.self)),
            timestamp: Timestamp(rawValue: seconds &* 1_000_000_000 &+ fraction &* unit), linkType: linkType,
            interface: nil)
        input.advance(16 &+ captured)
        return unsafe record
    }
}
