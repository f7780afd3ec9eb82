import Glibc
import Host
import Testing

@Suite struct CapabilitiesTests {
    @Test func `without privileges a packet socket is refused, with a remedy`() async {
        await #expect(processExitsWith: .success) {
            if geteuid() == 0 { setuid(65534) }
            precondition(
                Capabilities.packetSocketError?.description
                    == "opening a packet socket: Operation not permitted; run as root or grant cap_net_raw")
        }
    }
}
