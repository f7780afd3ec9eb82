import CLinux
@testable import PacketCapture
import Testing

@Suite struct RingSlotTests {
    enum Edit { case tag, cookedHeader, cookedHeaderAndTag }

    /// What becomes of a frame of `bytes` with `headroom` bytes before it.
    static func edit(
        _ bytes: [UInt8], _ edit: Edit, headroom: Int = 60, wireLength: Int? = nil, vlanProtocol: UInt16? = nil
    ) -> (bytes: [UInt8], wireLength: Int) {
        var address = sockaddr_ll()
        address.sll_protocol = UInt16(0x0800).bigEndian
        address.sll_ifindex = 0x0102_0304
        address.sll_hatype = 1
        address.sll_pkttype = 3
        address.sll_halen = 6
        address.sll_addr = (1, 2, 3, 4, 5, 6, 0, 0)
        var memory = [UInt8](repeating: 0xee, count: headroom) + bytes
        return unsafe memory.withUnsafeMutableBytes { memory in
            guard let start = memory.baseAddress else { return ([], 0) }
            var slot = unsafe RingSlot(
                bytes: start + headroom, capturedLength: bytes.count, wireLength: wireLength ?? bytes.count,
                headroom: headroom, status: vlanProtocol == nil ? 0 : UInt32(TP_STATUS_VLAN_TPID_VALID), seconds: 0,
                nanoseconds: 0, vlanTag: 0x6005, vlanProtocol: vlanProtocol ?? 0, address: address)
            switch edit {
            case .tag: unsafe slot.insertTag()
            case .cookedHeader: unsafe slot.insertCookedHeader(isTagged: false)
            case .cookedHeaderAndTag: unsafe slot.insertCookedHeader(isTagged: true)
            }
            let result = unsafe UnsafeRawBufferPointer(start: slot.bytes, count: slot.capturedLength)
            return unsafe (Array(result), slot.wireLength)
        }
    }

    static let addresses: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    static let ethernet = addresses + [8, 0, 0x45]

    @Test(arguments: [(nil, [0x81, 0x00]), (0x88a8, [0x88, 0xa8])] as [(UInt16?, [UInt8])])
    func aTagGoesBehindTheAddresses(vlanProtocol: UInt16?, expected: [UInt8]) {
        let result = Self.edit(Self.ethernet, .tag, wireLength: 100, vlanProtocol: vlanProtocol)
        #expect(result.bytes == Self.addresses + expected + [0x60, 0x05, 8, 0, 0x45])
        #expect(result.wireLength == 104)
    }

    @Test func aFrameTooShortForATagStaysAsItIs() {
        let result = Self.edit(Array(Self.addresses[..<11]), .tag)
        #expect(result.bytes == Array(Self.addresses[..<11]))
    }

    @Test func withoutRoomAFrameStaysAsItIs() {
        #expect(Self.edit(Self.ethernet, .tag, headroom: 3).bytes == Self.ethernet)
        #expect(Self.edit([0x45], .cookedHeader, headroom: 19).bytes == [0x45])
    }

    @Test func aCookedHeaderTellsWhereTheFrameCameFrom() {
        let result = Self.edit([0x45, 0], .cookedHeader, wireLength: 50)
        #expect(result.bytes == [8, 0, 0, 0, 1, 2, 3, 4, 0, 1, 3, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x45, 0])
        #expect(result.wireLength == 70)
    }

    @Test func aTagFollowsTheCookedHeader() {
        let result = Self.edit([0x45, 0], .cookedHeaderAndTag)
        #expect(
            result.bytes == [0x81, 0, 0, 0, 1, 2, 3, 4, 0, 1, 3, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x60, 0x05, 8, 0, 0x45, 0])
        #expect(result.wireLength == 26)
    }
}
