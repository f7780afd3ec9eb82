import CLinux
import Glibc
import PacketDecoding

/// A frame in the ring, valid until the ring moves on.
@unsafe struct RingSlot {
    /// What was captured, from where the kernel's copy begins.
    var bytes: UnsafeMutableRawPointer
    var capturedLength: Int
    /// Length on the wire of what begins at `bytes`.
    var wireLength: Int
    /// Bytes before `bytes` that may be overwritten.
    var headroom: Int
    /// TP_STATUS_ flags.
    let status: UInt32
    let seconds, nanoseconds: UInt32
    /// Priority and number of the VLAN, and what the tag began with; 0 where the kernel does not tell.
    let vlanTag, vlanProtocol: UInt16
    let address: sockaddr_ll

    var direction: FrameDirection {
        switch unsafe Int32(address.sll_pkttype) {
        case PACKET_HOST: .incoming
        case PACKET_BROADCAST: .broadcast
        case PACKET_MULTICAST: .multicast
        case PACKET_OTHERHOST: .otherHost
        case PACKET_OUTGOING: .outgoing
        default: .unknown
        }
    }

    private var tagProtocol: UInt16 {
        unsafe status & UInt32(TP_STATUS_VLAN_TPID_VALID) != 0 ? vlanProtocol : UInt16(ETH_P_8021Q)
    }

    /// Puts the VLAN tag back behind the two addresses of an Ethernet frame.
    mutating func insertTag() {
        let addresses = 12
        guard unsafe capturedLength >= addresses, unsafe extend(by: 4) else { return }
        unsafe memmove(bytes, bytes + 4, addresses)
        unsafe store(tagProtocol, at: addresses)
        unsafe store(vlanTag, at: addresses + 2)
    }

    /// Puts a cooked header before a frame that begins with its network header; the VLAN tag follows it.
    ///
    ///     0         2         4            8         10       11        12
    ///     +---------+---------+------------+---------+--------+---------+------------+
    ///     |protocol |reserved | interface  | ARPHRD_ | packet | address | address,   |
    ///     |         |         | index      | type    | type   | length  | 8 bytes    |
    ///     +---------+---------+------------+---------+--------+---------+------------+
    mutating func insertCookedHeader(isTagged: Bool) {
        var following = unsafe UInt16(bigEndian: address.sll_protocol)
        if isTagged, unsafe extend(by: 4) {
            unsafe store(vlanTag, at: 0)
            unsafe store(following, at: 2)
            following = unsafe tagProtocol
        }
        guard unsafe extend(by: Self.cookedHeaderLength) else { return }
        unsafe store(following, at: 0)
        unsafe store(UInt16(0), at: 2)
        unsafe store(UInt32(bitPattern: address.sll_ifindex), at: 4)
        unsafe store(address.sll_hatype, at: 8)
        unsafe store(address.sll_pkttype, at: 10)
        unsafe store(address.sll_halen, at: 11)
        unsafe (bytes + 12).storeBytes(of: address.sll_addr, as: type(of: address.sll_addr))
    }

    /// Length of the header of LINKTYPE_LINUX_SLL2.
    static var cookedHeaderLength: Int { 20 }

    /// Lets the frame begin `count` bytes earlier, if there is room.
    private mutating func extend(by count: Int) -> Bool {
        guard unsafe headroom >= count else { return false }
        unsafe bytes -= count
        unsafe headroom -= count
        unsafe capturedLength += count
        unsafe wireLength += count
        return true
    }

    /// Writes a number in network order.
    private func store(_ value: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
        unsafe (bytes + offset).storeBytes(of: value.bigEndian, as: type(of: value))
    }
}
