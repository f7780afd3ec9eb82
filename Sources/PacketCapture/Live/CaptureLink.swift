import CLinux
import PacketDecoding

/// What a packet socket is bound to, and what its frames begin with.
struct CaptureLink {
    /// Which headers the kernel hands over and which we make.
    enum Framing {
        /// The link header as it was on the wire.
        case link
        /// None: frames begin with the network header.
        case network
        /// None: we make a cooked header of what the kernel tells beside the frame.
        case cooked
    }

    /// The interface's name as it was asked for, which may be an alternative one, or `any`.
    let name: String
    /// The kernel's first name for it, which is all that libpcap takes.
    let device: String
    /// The kernel's number; 0 is every interface.
    let index: Int32
    let isLoopback: Bool
    let linkType: LinkType
    let framing: Framing
    /// ARPHRD_; 0 for `any`.
    let hardwareType: UInt16

    init(interface name: String) throws(CaptureError) {
        self.name = name
        if name == "any" {
            device = name
            index = 0
            isLoopback = false
            linkType = .linuxSLL2
            framing = .cooked
            hardwareType = 0
            return
        }
        let interface = try NetworkInterface.named(name)
        guard interface.isUp else { throw CaptureError.down("opening \(name)", name) }
        guard let linkType = interface.linkType else {
            throw CaptureError(
                .failure, "opening \(name)",
                reason: "its link type, ARPHRD \(interface.hardwareType), is not supported",
                remedy: "capture on any, which shows its packets behind a cooked header")
        }
        device = interface.name
        index = Int32(bitPattern: interface.index)
        isLoopback = interface.isLoopback
        self.linkType = linkType
        framing = interface.hasRawPackets ? .network : .link
        hardwareType = interface.hardwareType
    }

    /// Bytes that may stand before a packet of the MTU's size: an Ethernet header and two VLAN tags, or our own header
    /// and two tags.
    var longestHeader: Int {
        switch framing {
        case .link: 22
        case .cooked: 28
        case .network: 0
        }
    }
}
