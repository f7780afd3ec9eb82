extension ConversationStore {
    /// What is kept of every conversation; of one that rests it is all, but for a second packet.
    struct Record: BitwiseCopyable {
        private(set) var ends: ConversationEnds
        /// Packets it rests with; negative once it has a detail.
        var restingCount: Int8 = 0
        /// While it rests.
        var outcome = ConversationOutcome.open
        /// The evidence of who is the client, and beside it bits of its own.
        private var traits: UInt8
        /// Where the detail lies; while it rests, the second packet.
        var place: Int32 = -1
        /// ``noInterface`` where the first frame has none.
        private let rawInterface: UInt32
        /// The network that its first packet came in.
        let network: NetworkNumber
        /// Of its number the low 32 bits.
        private let lowNumber: UInt32
        /// While it rests: payload captured for the first time.
        var clientBytes: UInt32 = 0
        var serverBytes: UInt32 = 0
        /// While it rests, with one packet at least.
        var first = CompactPacket.none
        /// While it rests.
        var retransmissions: UInt8 = 0

        // Bits of ``traits``, behind the three of the evidence; the last three are high ones of the number.
        private static var replacedTrait: UInt8 { 1 << 3 }
        private static var settledTrait: UInt8 { 1 << 4 }
        private static var noInterface: UInt32 { .max }

        init(
            _ ends: ConversationEnds, _ evidence: RoleEvidence, in network: NetworkNumber, number: Int,
            interface: UInt32?
        ) {
            self.ends = ends
            self.network = network
            lowNumber = UInt32(truncatingIfNeeded: number)
            rawInterface = interface ?? Self.noInterface
            traits =
                evidence.rawValue | (evidence == .syn ? Self.settledTrait : 0)
                | UInt8(truncatingIfNeeded: number >> 32) << 5
        }

        /// Of the first frame.
        var interface: UInt32? { rawInterface == Self.noInterface ? nil : rawInterface }
        var number: Int { Int(traits >> 5) << 32 | Int(lowNumber) }
        /// What tells who is the client.
        var evidence: RoleEvidence {
            get { RoleEvidence(rawValue: traits & 7) ?? .firstPacket }
            set { traits = traits & ~7 | newValue.rawValue | (newValue == .syn ? Self.settledTrait : 0) }
        }
        /// Another connection has taken its ports before it ended.
        var isReplaced: Bool { traits & Self.replacedTrait != 0 }
        mutating func replace() { traits |= Self.replacedTrait }
        /// No other evidence counts any more.
        var hasSettledRoles: Bool { traits & Self.settledTrait != 0 }
        mutating func settleRoles() { traits |= Self.settledTrait }

        /// Client and server change places; the second packet and the detail are not here.
        mutating func swapRoles() {
            ends = ends.reversed
            swap(&clientBytes, &serverBytes)
            if restingCount > 0 { first.swapRoles() }
        }
        var hasDetail: Bool { restingCount < 0 }
        var detail: Int { Int(place) }
    }
}
