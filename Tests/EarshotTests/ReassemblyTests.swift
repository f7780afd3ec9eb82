import Foundation
import Testing

/// Fragmented datagrams in ladders and under `-v`.
@Suite struct ReassemblyTests {
    static let captures = ["Fixtures/ip/fragments.pcap", "Fixtures/ip/fragments6.pcap"]

    @Test(arguments: captures)
    func aLadderHasOneRowForADatagram(capture: String) throws {
        let ladder = try Earshot.run(["ladder", capture])
        #expect(ladder.status == 0)
        #expect(ladder.errors.isEmpty)
        #expect(ladder.output.contains("2 packets"))
    }

    /// The filter takes away the fragments that have no ports.
    @Test(arguments: ["Fixtures/ip/fragments.pcap"])
    func missingFragmentsAreTold(capture: String) throws {
        let ladder = try Earshot.run(["ladder", capture, "udp", "port", "9000"])
        #expect(ladder.status == 0)
        #expect(ladder.output.isEmpty)
        #expect(ladder.errors == "fragmented datagrams left out because parts are missing: 2\n")
    }

    @Test(arguments: captures)
    func theWholeDatagramsChecksumIsVerified(capture: String) throws {
        let tree = try Earshot.run(["read", "-v", capture]).output
        let wholes = tree.components(separatedBy: "reassembled from ").dropFirst()
        #expect(wholes.count == 2)
        for whole in wholes { #expect(whole.contains("checksum_status: good")) }
    }

    /// The lines stay one per frame, as tcpdump has them.
    @Test(arguments: captures)
    func linesStayPerFrame(capture: String) throws {
        let lines = try Earshot.run(["read", capture]).output
        #expect(!lines.contains("reassembled"))
        #expect(lines.split(separator: "\n").count == (capture.contains("6") ? 4 : 6))
    }
}
