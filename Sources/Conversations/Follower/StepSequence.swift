public import PacketDecoding

// Steps of packets that own their memory.

extension Sequence {
    /// What each packet of a capture is to its conversation; those that are of none are left out.
    ///
    ///     for step in Savefile("capture.pcap").packets.steps() { print(try step.get().phase) }
    ///
    /// - Parameter ports: which ports lead to which application protocol.
    public func steps<Failure: Error>(
        ports: PortMap = PortMap()
    ) -> Steps<Self, Failure> where Element == Result<OwnedPacket, Failure> {
        Steps(packets: self, ports: ports)
    }
}

/// The steps of packets, as they come; last the error that the packets end with, where they do.
public struct Steps<Packets: Sequence, Failure: Error>: Sequence
where Packets.Element == Result<OwnedPacket, Failure> {
    let packets: Packets
    let ports: PortMap

    public func makeIterator() -> Iterator {
        Iterator(packets: packets.makeIterator(), follower: SharedFollower(ports: ports))
    }

    public struct Iterator: IteratorProtocol {
        var packets: Packets.Iterator
        let follower: SharedFollower

        public mutating func next() -> Result<ConversationStep, Failure>? {
            while let packet = packets.next() {
                switch packet {
                case .success(let packet): if let step = follower.step(of: packet) { return .success(step) }
                case .failure(let error): return .failure(error)
                }
            }
            return nil
        }
    }
}

extension AsyncSequence where Element == OwnedPacket {
    /// What each packet of a capture is to its conversation, as it comes; those that are of none are left out.
    ///
    /// - Parameter ports: which ports lead to which application protocol.
    public func steps(ports: PortMap = PortMap()) -> StepSequence<Self> { StepSequence(packets: self, ports: ports) }
}

/// The steps of packets, as they come.
public struct StepSequence<Packets: AsyncSequence>: AsyncSequence where Packets.Element == OwnedPacket {
    public typealias Element = ConversationStep
    public typealias Failure = Packets.Failure

    let packets: Packets
    let ports: PortMap

    public func makeAsyncIterator() -> Iterator {
        Iterator(packets: packets.makeAsyncIterator(), follower: SharedFollower(ports: ports))
    }

    public struct Iterator: AsyncIteratorProtocol {
        var packets: Packets.AsyncIterator
        let follower: SharedFollower

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Failure) -> ConversationStep? {
            while let packet = try await packets.next(isolation: actor) {
                if let step = follower.step(of: packet) { return step }
            }
            return nil
        }
    }
}

extension StepSequence: Sendable where Packets: Sendable {}

/// A follower that an iterator can have, which a value that cannot be copied cannot be part of.
final class SharedFollower {
    private var follower: PacketFollower

    init(ports: PortMap) { follower = PacketFollower(ports: ports) }

    func step(of packet: OwnedPacket) -> ConversationStep? {
        var found: ConversationStep?
        follower.follow(packet.frame) { step, _, _ in found = step }
        return found
    }
}
