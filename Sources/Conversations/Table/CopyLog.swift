import PacketDecoding

// The same packet is captured once at every place where it is heard: on each interface of a router, a bridge or a host
// of containers that it passes, or on its way into and out of a mirrored switch, with a VLAN tag and without. A
// retransmission is another packet: it has another IP identification (RFC 791 section 3.2), or comes when its time is
// over (RFC 6298: 200 ms at least in practice, 1 s for a SYN).

/// What a copy of a packet has in common with it, and what tells the two apart from a packet that was sent twice.
struct Sighting: BitwiseCopyable {
    /// Hash of the conversation, of the side, and of all in the header that no router changes.
    fileprivate let content: UInt64
    fileprivate let time: Int64
    fileprivate let network: NetworkNumber
    /// The conversation's slot, and the side.
    fileprivate let owner: UInt32
    /// The position of the one before in the log with the same head.
    fileprivate var previous: UInt32 = 0
    /// Of the IPv4 header; 0 where it says nothing (RFC 6864 section 4.1), and for IPv6.
    fileprivate let identification: UInt16
    fileprivate let checksum: UInt16
    /// The interface and the direction, where they are known.
    fileprivate let place: UInt16
    fileprivate let hopsLeft: UInt8
    fileprivate let traits: Traits

    fileprivate struct Traits: OptionSet, BitwiseCopyable {
        let rawValue: UInt8
        static let time = Traits(rawValue: 1 << 0)
        static let segment = Traits(rawValue: 1 << 1)
        static let syn = Traits(rawValue: 1 << 2)
        /// An ACK and nothing else.
        static let bare = Traits(rawValue: 1 << 3)
    }

    /// - Parameters:
    ///   - header: of a segment; nil for a datagram.
    ///   - owner: slot and side of the conversation that it is of.
    @inline(__always)
    init(
        _ packet: Packet, _ place: TransportPlace, _ header: SegmentHeader?, in network: NetworkNumber,
        of owner: (slot: Int, side: ConversationSide)
    ) {
        let bytes = packet.frame.bytes
        let ip = packet.layers[place.network]
        if ip.kind == .ipv4 {
            identification = bytes.uint16(at: ip.offset &+ 4)
            hopsLeft = bytes.byte(at: ip.offset &+ 8)
        } else {
            identification = 0
            hopsLeft = bytes.byte(at: ip.offset &+ 7)
        }
        self.network = network
        time = packet.frame.header.timestamp?.rawValue ?? 0
        self.place = packet.frame.placeOfCapture
        var traits: Traits = packet.frame.header.timestamp == nil ? [] : .time
        let sum = place.layer.offset &+ (header == nil ? 6 : 16)
        checksum = sum &+ 2 <= place.capturedEnd ? bytes.uint16(at: sum) : 0
        self.owner = UInt32(truncatingIfNeeded: owner.slot &* 2 &+ (owner.side == .client ? 0 : 1))
        let length = UInt64(truncatingIfNeeded: place.wireEnd &- place.layer.offset)
        let mark = 0x1319_8a2e_0370_7345 ^ UInt64(self.owner) &* 0x9e37_79b9_7f4a_7c15
        if let header {
            traits.insert(header.flags.contains(.syn) ? [.segment, .syn] : .segment)
            if Int(length) <= header.headerLength && header.flags == .ack { traits.insert(.bare) }
            let numbers =
                UInt64(header.sequenceNumber.rawValue) << 32 | UInt64(header.acknowledgmentNumber.rawValue)
            let rest = length << 32 | UInt64(header.flags.rawValue) << 16 | UInt64(header.window)
            content = FlowHasher.fold(numbers ^ 0x243f_6a88_85a3_08d3, rest ^ mark)
        } else {
            // Datagrams have no numbers: without these every one of a stream would look like the others.
            let number = UInt64(identification == 0 ? checksum : identification)
            content = FlowHasher.fold(number ^ 0x243f_6a88_85a3_08d3, length ^ mark)
        }
        self.traits = traits
    }

    /// Nanoseconds from the one to the other, whichever came first; nil where one has no time.
    fileprivate func distance(to other: Sighting) -> UInt64? {
        guard traits.contains(.time) && other.traits.contains(.time) else { return nil }
        return time.subtractingReportingOverflow(other.time).partialValue.magnitude
    }
}

/// The packets seen last, of all conversations: tells which of the next ones are copies.
@safe final class CopyLog {
    /// Packets remembered, a power of two. A router hands on at most a few hundred before the first of them is captured
    /// once more.
    private static var capacity: Int { 1024 }
    private static var headCount: Int { 4096 }
    /// Of packets that may be the one a copy is of, at most so many are looked at.
    private static var maximumSteps: Int { 16 }
    /// Nanoseconds after a packet that a copy in another network comes at most: later it may be another network's own.
    private static var soon: UInt64 { 10_000_000 }
    /// Of packets around it, at most so many.
    private static var maximumScan: UInt32 { 64 }

    /// A packet's position counts on for ever, from 1; position p lies at index p modulo the capacity.
    private let entries: UnsafeMutablePointer<Sighting>
    /// Positions of the latest packets, by the low bits of what they are; 0 for none.
    private let heads: UnsafeMutablePointer<UInt32>
    private var last: UInt32 = 0
    /// The position of the last copy that was no bare ACK.
    private var lastCopy: UInt32 = 0

    init() {
        unsafe entries = .allocate(capacity: Self.capacity)
        unsafe heads = .allocate(capacity: Self.headCount)
        unsafe heads.initialize(repeating: 0, count: Self.headCount)
    }

    deinit {
        unsafe entries.deallocate()
        unsafe heads.deallocate()
    }

    private func entry(_ position: UInt32) -> UnsafeMutablePointer<Sighting> {
        unsafe entries + Int(position) & (Self.capacity &- 1)
    }

    private static func head(of sighting: Sighting) -> Int {
        Int(truncatingIfNeeded: sighting.content >> 20) & (headCount &- 1)
    }

    private func isKept(_ position: UInt32) -> Bool {
        position != 0 && last &- position < UInt32(truncatingIfNeeded: Self.capacity)
    }

    /// Remembers a packet.
    ///
    /// - Returns: whether it is a copy of one that came before.
    @inline(__always)
    func note(_ sighting: Sighting, _ packet: Packet, _ place: TransportPlace) -> Bool {
        let isCopy = knows(sighting, packet, place)
        let head = Self.head(of: sighting)
        last &+= 1
        // 0 stands for none.
        if last == 0 { last = 1 }
        unsafe entry(last).initialize(to: sighting)
        unsafe entry(last).pointee.previous = unsafe heads[head]
        unsafe heads[head] = last
        if isCopy && !sighting.traits.contains(.bare) { lastCopy = last }
        return isCopy
    }

    /// Whether a packet is a copy of one that came before.
    @inline(__always)
    func knows(_ sighting: Sighting, _ packet: Packet, _ place: TransportPlace) -> Bool {
        let position = unsafe heads[Self.head(of: sighting)]
        // Nearly every packet is like none of those.
        guard isKept(position) else { return false }
        return knows(sighting, from: position, packet, place)
    }

    @inline(never)
    private func knows(
        _ sighting: Sighting, from first: UInt32, _ packet: Packet, _ place: TransportPlace
    ) -> Bool {
        var position = first
        var steps = 0
        while isKept(position), steps < Self.maximumSteps {
            let entry = unsafe entry(position)
            if unsafe entry.pointee.content == sighting.content,
                unsafe isCopy(sighting, of: entry.pointee, at: position, packet, place)
            {
                return true
            }
            let previous = unsafe entry.pointee.previous
            guard last &- previous > last &- position else { return false }
            position = previous
            steps &+= 1
        }
        return false
    }

    private func isCopy(
        _ sighting: Sighting, of original: Sighting, at position: UInt32, _ packet: Packet, _ place: TransportPlace
    ) -> Bool {
        guard sighting.owner == original.owner else { return false }
        // Without times nothing tells a copy from what comes when its time is over.
        guard let age = sighting.distance(to: original) else { return false }
        let isSame = sighting.checksum == original.checksum
        let isElsewhere = sighting.network != original.network
        if sighting.identification == original.identification, sighting.identification != 0,
            identificationTells(sighting)
        {
            guard age <= (isElsewhere ? Self.soon : 500_000_000) else { return false }
            return isSame || hasChecksumToCome(sighting, original, packet, place)
        }
        // A tunnel's end or a mirror may give a packet another identification. No sender repeats it so soon elsewhere.
        if sighting.identification != original.identification { return isElsewhere && isSame && age <= Self.soon }
        if isElsewhere || sighting.place != original.place || sighting.hopsLeft &+ 1 == original.hopsLeft {
            guard age <= (isElsewhere ? Self.soon : 50_000_000) else { return false }
            return isSame || hasChecksumToCome(sighting, original, packet, place)
        }
        // Nothing else tells. A segment that was lost is repeated when its receiver says so, or much later; programs may
        // well send the same datagram twice.
        guard sighting.traits.contains(.segment) && isSame && age <= 3_000_000 else { return false }
        // A receiver repeats its ACK for each segment behind a hole (RFC 5681 section 4.2); one is a copy where other
        // packets have copies, too.
        let isAlone = !isKept(lastCopy) || last &- lastCopy >= Self.maximumScan
        if sighting.traits.contains(.bare) && isAlone { return false }
        return sighting.traits.contains(.syn) || isUnprovoked(sighting, since: position)
    }

    /// Whether the sender's packets have different identifications: some have one for all.
    private func identificationTells(_ sighting: Sighting) -> Bool {
        var position = last
        while isKept(position), last &- position < Self.maximumScan {
            let other = unsafe entry(position).pointee
            if other.owner == sighting.owner && other.content != sighting.content {
                return other.identification != sighting.identification
            }
            position &-= 1
        }
        return true
    }

    /// Whether the other side was heard before a packet, and not since.
    private func isUnprovoked(_ sighting: Sighting, since original: UInt32) -> Bool {
        var position = last
        while isKept(position), last &- position < Self.maximumScan {
            if unsafe entry(position).pointee.owner == sighting.owner ^ 1 { return original &- position < 1 << 31 }
            position &-= 1
        }
        return false
    }

    /// Whether one of the two was captured before its checksum was filled in: then there is the sum of the
    /// pseudo-header, which Linux leaves there for the card to complete.
    private func hasChecksumToCome(
        _ sighting: Sighting, _ original: Sighting, _ packet: Packet, _ place: TransportPlace
    ) -> Bool {
        var sum = InternetChecksum()
        if let header = packet.header(IPv4Header.self, at: place.network) {
            sum.add(header.source.rawValue)
            sum.add(header.destination.rawValue)
        } else if let header = packet.header(IPv6Header.self, at: place.network) {
            sum.add(header.source)
            sum.add(header.destination)
        }
        sum.add(UInt16(place.layer.kind == .tcp ? 6 : 17))
        sum.add(UInt32(truncatingIfNeeded: place.wireEnd &- place.layer.offset))
        return sum.folded == sighting.checksum || sum.folded == original.checksum
    }
}

extension Frame {
    /// Where the frame was captured, as far as it is known: on which interface, in which direction.
    fileprivate var placeOfCapture: UInt16 {
        var interface = header.interface ?? 0
        var direction = UInt32(header.direction.rawValue)
        switch header.linkType {
        case .linuxSLL where bytes.byteCount >= 2: direction = UInt32(bytes.uint16(at: 0))
        case .linuxSLL2 where bytes.byteCount >= 12:
            interface = bytes.uint32(at: 4)
            direction = UInt32(bytes.byte(at: 10))
        default: break
        }
        return UInt16(truncatingIfNeeded: interface &* 8 &+ direction)
    }
}
