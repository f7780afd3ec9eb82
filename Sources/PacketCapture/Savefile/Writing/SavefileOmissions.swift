/// What of an original a copy does not hold.
public struct SavefileOmissions: Hashable, Sendable {
    /// Comments of packets, sections, interfaces and other blocks.
    public var comments = 0
    /// Packets with options beside comments: flags, checksums, verdicts, drops.
    public var packetOptions = 0
    /// Packets without a time, which got that of 1970.
    public var untimedPackets = 0
    /// Section headers and interfaces that say more than what link type they have.
    public var descriptions = 0
    /// Blocks of name resolution, decryption secrets, statistics, journal entries and of other types.
    public var names = 0
    public var secrets = 0
    public var statistics = 0
    public var journalEntries = 0
    public var otherBlocks = 0
    /// Custom blocks and options whose makers do not want them copied (draft-ietf-opsawg-pcapng sections 3.5.1 and 4.9).
    public var uncopiedCustoms = 0
    /// Blocks that are too large to be held in memory.
    public var oversized = 0

    public init() {}

    public var isEmpty: Bool { self == SavefileOmissions() }
}

extension SavefileOmissions {
    mutating func note(_ options: PcapngBlock.Options) {
        comments += options.comments
        uncopiedCustoms += options.uncopied
    }

    /// Takes a block for left out that is no packet.
    mutating func note(_ block: borrowing PcapngBlock) {
        let options = block.countOptions()
        note(options)
        switch block.type {
        case PcapngBlockType.section, PcapngBlockType.interface: descriptions += options.others > 0 ? 1 : 0
        case PcapngBlockType.nameResolution: names += 1
        case PcapngBlockType.secrets: secrets += 1
        case PcapngBlockType.statistics: statistics += 1
        case PcapngBlockType.journal: journalEntries += 1
        case PcapngBlockType.uncopiedCustom: uncopiedCustoms += 1
        default: otherBlocks += 1
        }
    }
}

extension SavefileOmissions: CustomStringConvertible {
    /// `2 comments, 1 block of decryption secrets`
    public var description: String {
        func text(_ count: Int, _ one: String, _ many: String) -> String? {
            count == 0 ? nil : "\(count) \(count == 1 ? one : many)"
        }
        return [
            text(comments, "comment", "comments"),
            text(packetOptions, "packet's options", "packets' options"),
            text(untimedPackets, "packet without a time", "packets without a time"),
            text(descriptions, "description of a section or an interface", "descriptions of sections and interfaces"),
            text(names, "block of name resolution", "blocks of name resolution"),
            text(secrets, "block of decryption secrets", "blocks of decryption secrets"),
            text(statistics, "block of statistics", "blocks of statistics"),
            text(journalEntries, "journal entry", "journal entries"),
            text(otherBlocks, "block of another type", "blocks of other types"),
            text(uncopiedCustoms, "custom item that is not to be copied", "custom items that are not to be copied"),
            text(oversized, "block too large to be held", "blocks too large to be held"),
        ].compactMap { $0 }.joined(separator: ", ")
    }
}
