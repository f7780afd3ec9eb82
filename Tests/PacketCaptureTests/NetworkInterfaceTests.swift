import Foundation
import PacketCapture
import PacketDecoding
import Testing

@Suite struct NetworkInterfaceTests {
    @Test func listsTheLoopbackInterface() throws {
        let interfaces = try NetworkInterface.all()
        #expect(interfaces.map(\.index) == interfaces.map(\.index).sorted())
        let loopback = try #require(interfaces.first { $0.isLoopback })
        #expect(loopback.name == "lo")
        #expect(loopback.isUp)
        #expect(loopback.isRunning)
        #expect(loopback.addresses.contains(.v4(IPv4Address(127, 0, 0, 1))))
        #expect(loopback.mtu > 1280)
        #expect(loopback.linkType == .ethernet)
        #expect(loopback.hardwareAddress == MACAddress(0))
        #expect(try NetworkInterface.named("lo") == loopback)
    }

    @Test(arguments: ["nosuch0", "", "a-name-that-is-far-too-long-for-an-interface"])
    func saysWhichInterfacesThereAre(name: String) throws {
        let error = captureError { () throws(CaptureError) in _ = try NetworkInterface.named(name) }
        #expect(error?.kind == .failure)
        #expect(error?.errorNumber == ENODEV)
        #expect(error?.remedy?.contains("lo") == true)
    }
}
