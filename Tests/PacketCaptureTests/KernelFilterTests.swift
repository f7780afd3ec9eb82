@testable import PacketCapture
import PacketDecoding
import Testing

@Suite struct KernelFilterTests {
    /// What the kernel runs for `expression` on a link; nil when it cannot.
    static func program(
        _ expression: String, interface: String, direction: CaptureDirection = .both
    ) throws -> [String]? {
        let link = try CaptureLink(interface: interface)
        let filter = try CaptureFilter(expression, linkType: link.linkType, snapshotLength: 96)
        let program = KernelFilter(filter.program, on: link)?.restricted(to: direction, on: link)
        return program.map { FilterListingStyle.assembly.listing(of: $0.instructions) }
    }

    static let withoutLoopbackCopies = [
        "(000) ld       [type]",
        "(001) jeq      #0x4             jt 2\tjf 5",
        "(002) ld       [hatype]",
        "(003) jeq      #0x304           jt 4\tjf 5",
        "(004) ret      #0",
    ]

    @Test func onAnyTheCookedHeaderIsNotInTheKernelsPacket() throws {
        // The protocol comes from beside the packet; the address at 32 of the frame is at 12 of the packet.
        #expect(
            try Self.program("ip src host 1.2.3.4", interface: "any") == Self.withoutLoopbackCopies + [
                "(005) ldh      [proto]",
                "(006) jeq      #0x800           jt 7\tjf 10",
                "(007) ld       [12]",
                "(008) jeq      #0x1020304       jt 9\tjf 10",
                "(009) ret      #96",
                "(010) ret      #0",
            ])
    }

    @Test(arguments: ["udp port 53", "tcp[tcpflags] & tcp-syn != 0", "ifindex 1", "inbound", "ip6", "link[4:4] = 1"])
    func runsInTheKernelOnAny(_ expression: String) throws {
        #expect(try Self.program(expression, interface: "any") != nil)
    }

    @Test(arguments: ["greater 100", "link[8:2] = 1", "link[0] = 8", "link[10:2] = 4", "link[ip[0]] = 1"])
    func cannotRunInTheKernelOnAny(_ expression: String) throws {
        #expect(try Self.program(expression, interface: "any") == nil)
    }

    @Test func onLoopbackFramesOnTheirWayOutAreRejected() throws {
        #expect(try Self.program("", interface: "lo") == Self.withoutLoopbackCopies + ["(005) ret      #96"])
    }

    @Test(arguments: [(CaptureDirection.incoming, "jt 2\tjf 3"), (.outgoing, "jt 3\tjf 2")])
    func theOtherDirectionIsRejected(direction: CaptureDirection, branches: String) throws {
        let program = try #require(try Self.program("", interface: "any", direction: direction))
        #expect(
            program[..<3] == [
                "(000) ld       [type]", "(001) jeq      #0x4             \(branches)", "(002) ret      #0",
            ])
        #expect(program.count == 9)
    }
}
