import Foundation
import Testing

/// `earshot follow` as a user runs it; its text is golden beside the fixtures.
@Suite struct FollowTests {
    @Test(arguments: [
        ("client", "MichaelTracySarahexit"), ("server", "Welcome!Hello, Michael!Hello, Tracy!Hello, Sarah!"),
    ])
    func rawWritesOneSidesBytes(side: String, bytes: String) throws {
        let outcome = try Earshot.run(["follow", "Fixtures/greeting/tcp.pcap", "--raw", side])
        #expect(outcome.status == 0)
        #expect(outcome.output == bytes)
        #expect(outcome.errors.isEmpty)
    }

    @Test func rawTellsOfGapsOnStderr() throws {
        let outcome = try Earshot.run(["follow", "Fixtures/http/download.pcap", "--raw", "client"])
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("bytes not captured"))
    }

    @Test func chosenConversationReadsLikeAmongAll() throws {
        for stream in ["0", "udp:0"] {
            let capture = stream == "0" ? "Fixtures/greeting/tcp.pcap" : "Fixtures/greeting/udp.pcap"
            let all = try Earshot.run(["follow", capture])
            let one = try Earshot.run(["follow", capture, "--stream", stream])
            #expect(one.output == all.output)
        }
    }

    @Test func unknownConversationIsTold() throws {
        let outcome = try Earshot.run(["follow", "Fixtures/greeting/tcp.pcap", "--stream", "99"])
        #expect(outcome.status == 0)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors == "no TCP conversation 99 among these packets\n")
    }

    @Test func rawAndFormatAreOneTooMany() throws {
        let outcome = try Earshot.run(
            ["follow", "Fixtures/greeting/tcp.pcap", "--raw", "client", "--format", "hex"])
        #expect(outcome.status == 2)
    }

    @Test func recordsAreJSON() throws {
        let outcome = try Earshot.run(["follow", "Fixtures/greeting/reset.pcap", "--format", "json"])
        let records = try outcome.output.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(records.first?["record"] as? String == "stream_begin")
        #expect(records.contains { $0["record"] as? String == "stream_reset" })
        #expect(records.last?["ending"] as? String == "reset")
    }
}
