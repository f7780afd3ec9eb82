import Foundation
import Testing

/// `client_payload` and `server_payload` in the records of `earshot conversations --format json`.
@Suite struct PayloadDigestsTests {
    private struct Record: Decodable, Equatable {
        struct Payload: Decodable, Equatable {
            struct Gaps: Decodable, Equatable {
                var count, bytes: Int
                var snappedBytes: Int?
            }

            var bytes: Int
            var sha256: String
            var gaps: Gaps?
            var unacknowledgedBytes: Int?
            var leftOutBytes: Int?
        }

        var clientPayload, serverPayload: Payload?
    }

    private static let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    /// Everything but the segment that begins with "T".
    private static let withoutTracy = "(len <= 66 or tcp[32] != 0x54)"

    private func record(_ capture: String, _ arguments: [String] = []) throws -> Record {
        let outcome = try Earshot.run(["conversations", capture, "--format", "json"] + arguments)
        let line = try #require(outcome.output.split(separator: "\n").last)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Record.self, from: Data(line.utf8))
    }

    @Test(arguments: [[], ["--segments"]])
    func bothSidesAreHashed(arguments: [String]) throws {
        // "MichaelTracySarahexit" and "Welcome!Hello, Michael!Hello, Tracy!Hello, Sarah!".
        let client = Record.Payload(
            bytes: 21, sha256: "6939749ec4e4f600ef88d921dff199e96e75ae3a6bfe09f58340a1615cd41bc8")
        let server = Record.Payload(
            bytes: 49, sha256: "ae4a549092631f6f912537cf8994967b96e9016725e7a2cfc44473652fe4b092")
        let found = try record("Fixtures/greeting/tcp.pcap", arguments)
        #expect(found == Record(clientPayload: client, serverPayload: server))
    }

    @Test func retransmissionsCountOnce() throws {
        // "Michaelexit".
        #expect(
            try record("Fixtures/tcp/retransmission.pcap").clientPayload
                == Record.Payload(
                    bytes: 11, sha256: "dde97646338f8d945a5ab4fbc20883f4c853c7f961f9c31a0d596e0d3041d1bf"))
    }

    @Test func sidesThatSaidNothingHaveTheDigestOfNothing() throws {
        let found = try record("Fixtures/greeting/refused.pcap")
        #expect(found.clientPayload == Record.Payload(bytes: 0, sha256: Self.nothing))
        #expect(found.serverPayload == Record.Payload(bytes: 0, sha256: Self.nothing))
    }

    @Test func datagramsHaveNone() throws {
        #expect(try record("Fixtures/greeting/udp.pcap") == Record())
    }

    @Test func whatWasAcknowledgedAndIsMissingIsAGap() throws {
        // "MichaelSarahexit".
        #expect(
            try record("Fixtures/greeting/tcp.pcap", [Self.withoutTracy]).clientPayload
                == Record.Payload(
                    bytes: 16, sha256: "3771da8f39d78ee12250fdbcb55fe5c19a721ac1587355bd23cc705d84106740",
                    gaps: .init(count: 1, bytes: 5)))
    }

    @Test func whatWasCutIsAGap() throws {
        let found = try #require(try record("Fixtures/http/download.pcap").serverPayload)
        let gaps = try #require(found.gaps)
        #expect(found.bytes > 0 && gaps.count > 1)
        // A file of 10,000,000 bytes, and what stands before it.
        #expect(found.bytes + gaps.bytes == 10_000_206)
    }

    @Test func nothingBehindAHoleThatNobodyAcknowledged() throws {
        // "Michael". Of the server only what it said before is there.
        let found = try record(
            "Fixtures/greeting/tcp.pcap", ["(dst port 9999 and \(Self.withoutTracy)) or tcp[tcpflags] & tcp-syn != 0"])
        #expect(
            found.clientPayload
                == Record.Payload(
                    bytes: 7, sha256: "f089eaef57aba315bc0e1455985c0c8e40c247f073ce1f4c5a1f8ffde8773176",
                    unacknowledgedBytes: 9))
    }

    /// Nobody was there to be heard: that says nothing.
    @Test func allBehindAHoleOfAOneWayCapture() throws {
        let found = try record("Fixtures/greeting/tcp.pcap", ["dst port 9999 and \(Self.withoutTracy)"])
        #expect(
            found.clientPayload
                == Record.Payload(
                    bytes: 16, sha256: "3771da8f39d78ee12250fdbcb55fe5c19a721ac1587355bd23cc705d84106740",
                    gaps: .init(count: 1, bytes: 5)))
    }
}
