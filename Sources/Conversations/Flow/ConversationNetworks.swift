/// The conversations that run in a VLAN or a tunnel, or in several.
///
/// A conversation's first network is in its record. The two directions may take different ones, and a mirror port may
/// show a packet in each of several: what was found to belong to a conversation all the same is noted here.
struct ConversationNetworks {
    /// Conversations of the same two ends that can be found from another network; of more, the earliest is let go.
    private static var maximumKin: Int { 8 }
    /// Networks of one conversation.
    private static var maximumNetworks: Int { 8 }

    /// Those whose first network is not the plain one, by the hash of their ends in that.
    private var kin = SlotIndex()
    private var others: [Int: [NetworkNumber]] = [:]

    /// Whether no conversation has anything to do with a VLAN or a tunnel.
    var isEmpty: Bool { kin.count == 0 && others.isEmpty }

    /// The networks that a conversation was found in beside its first.
    func others(_ slot: Int) -> [NetworkNumber] { others.isEmpty ? [] : others[slot] ?? [] }

    /// Adds a network to a conversation's.
    ///
    /// - Returns: whether there was room.
    mutating func add(_ network: NetworkNumber, to slot: Int) -> Bool {
        guard others[slot]?.count ?? 0 < Self.maximumNetworks else { return false }
        others[slot, default: []].append(network)
        return true
    }

    /// Lets `hash` lead to a conversation that begins in a VLAN or a tunnel.
    ///
    /// - Parameter isKin: whether another one is between the same ends.
    mutating func insert(_ slot: Int, under hash: UInt32, where isKin: (Int) -> Bool) {
        var (count, first) = (0, slot)
        forEach(under: hash) { other in
            guard isKin(other) else { return false }
            if count == 0 { first = other }
            count &+= 1
            return false
        }
        if count >= Self.maximumKin { kin.replace(hash, first, with: slot) } else { kin.insert(hash, slot) }
    }

    /// Calls `body` with every slot under a hash until it returns true.
    func forEach(under hash: UInt32, _ body: (Int) -> Bool) {
        var position = kin.start(hash)
        while let slot = kin.next(hash, from: &position) {
            if body(slot) { return }
        }
    }

    /// Forgets a conversation.
    mutating func remove(_ slot: Int, under hash: UInt32) {
        kin.remove(hash, slot)
        if !others.isEmpty { others[slot] = nil }
    }
}
