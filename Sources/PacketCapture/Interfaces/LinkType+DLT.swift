import CPcap
import PacketDecoding

extension LinkType {
    /// From libpcap's number, which for some types depends on the system (pcap-linktype(7)).
    init(dlt: Int32) {
        switch dlt {
        // 12 is raw IP here, 14 where OpenBSD wrote the file.
        case DLT_RAW, 14: self = .raw
        case DLT_ATM_RFC1483: self.init(rawValue: 100)
        case DLT_SLIP_BSDOS: self.init(rawValue: 102)
        case DLT_PPP_BSDOS: self.init(rawValue: 103)
        case DLT_ATM_CLIP: self.init(rawValue: 106)
        default: self.init(rawValue: UInt32(bitPattern: dlt))
        }
    }

    /// From the number in a savefile. That should be a LINKTYPE_ number, but old programs wrote their system's own.
    init(inFile number: UInt32) { self.init(dlt: Int32(truncatingIfNeeded: number)) }

    /// libpcap's number.
    var dlt: Int32 {
        switch rawValue {
        case 100: DLT_ATM_RFC1483
        case 101: DLT_RAW
        case 102: DLT_SLIP_BSDOS
        case 103: DLT_PPP_BSDOS
        case 106: DLT_ATM_CLIP
        default: Int32(truncatingIfNeeded: rawValue)
        }
    }
}
