import PacketDecoding
import Testing

@Suite struct MACAddressTests {
    @Test func `An address is its 48 bits`() {
        #expect(MACAddress(0x0123_4567_89ab).value == 0x0123_4567_89ab)
        #expect(MACAddress(0xffff_0123_4567_89ab) == MACAddress(0x0123_4567_89ab))
        #expect(MemoryLayout<MACAddress>.size == 6)
    }

    @Test(
        "Groups",
        arguments: [
            (0xffff_ffff_ffff, true, true), (0x0100_5e00_0001, false, true), (0x3333_0000_0016, false, true),
            (0x0200_0000_0001, false, false), (0x0001_0000_0000, false, false), (0xffff_ffff_fffe, false, true),
        ] as [(UInt64, Bool, Bool)])
    func groups(value: UInt64, isBroadcast: Bool, isMulticast: Bool) {
        #expect(MACAddress(value).isBroadcast == isBroadcast)
        #expect(MACAddress(value).isMulticast == isMulticast)
    }
}
