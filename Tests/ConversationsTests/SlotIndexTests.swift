@testable import Conversations
import Testing

@Suite struct SlotIndexTests {
    /// Random insertions, moves and removals, with few hashes so that they collide, against a dictionary.
    @Test(arguments: [UInt32(3), 70, .max])
    func `finds what a dictionary finds`(hashes: UInt32) {
        var random = SplitMix(state: UInt64(hashes))
        var index = SlotIndex()
        var model: [Int: UInt32] = [:]
        for slot in 0..<3000 {
            let hash = UInt32.random(in: 0..<hashes, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                index.insert(hash, slot)
                model[slot] = hash
            case 2:
                guard let (old, hash) = model.randomElement(using: &random) else { break }
                index.remove(hash, old)
                index.remove(hash, old)
                model[old] = nil
            default:
                guard let (old, hash) = model.randomElement(using: &random) else { break }
                index.replace(hash, old, with: slot)
                model[old] = nil
                model[slot] = hash
            }
        }
        #expect(index.count == model.count)
        for (slot, hash) in model { #expect(slots(of: hash, in: index).contains(slot)) }
        for hash in Set(model.values).prefix(50) {
            #expect(slots(of: hash, in: index).sorted() == model.filter { $0.value == hash }.keys.sorted())
        }
    }

    private func slots(of hash: UInt32, in index: SlotIndex) -> [Int] {
        var found: [Int] = []
        var position = index.start(hash)
        while let slot = index.next(hash, from: &position) { found.append(slot) }
        return found
    }
}
