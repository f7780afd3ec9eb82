import PacketDecoding
import Testing

@testable import Probes

@Suite struct EchoKeyTests {
    /// The reference vectors of SipHash-2-4: key 00…0f, input 00, 01, 02 ….
    @Test func vectors() {
        var eight = SipHash(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
        eight.add(0x0706_0504_0302_0100)
        #expect(eight.finish(byteCount: 8) == 0x93f5_f579_9a93_2462)
        var sixteen = SipHash(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
        sixteen.add(0x0706_0504_0302_0100)
        sixteen.add(0x0f0e_0d0c_0b0a_0908)
        #expect(sixteen.finish(byteCount: 16) == 0x3f2a_cc7f_57c2_9bdb)
    }

    @Test func marksDiffer() {
        let address = IPAddress.v4(IPv4Address(127, 0, 0, 1))
        let mark = EchoKey(1, 2).mark(address, number: 1)
        #expect(mark != EchoKey(1, 3).mark(address, number: 1))
        #expect(mark != EchoKey(1, 2).mark(address, number: 2))
        #expect(mark != EchoKey(1, 2).mark(.v4(IPv4Address(127, 0, 0, 2)), number: 1))
        #expect(EchoKey() != EchoKey())
    }
}
