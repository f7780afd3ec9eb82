import Foundation
import Testing

/// `--format json` beside the other options.
@Suite struct JSONTests {
    static func records(_ arguments: [String]) throws -> [[String: Any]] {
        let outcome = try Earshot.run(arguments + ["--format", "json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try outcome.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    static func layers(_ record: [String: Any]) -> [String] {
        (record["layers"] as? [[String: Any]] ?? []).compactMap { $0["layer"] as? String }
    }

    @Test func framesKeepTheirNumberInTheFile() throws {
        let records = try Self.records([
            "read", "Fixtures/greeting/tcp.pcap", "-c", "2", "tcp[tcpflags] & tcp-push != 0",
        ])
        #expect(records.count == 2)
        #expect(records.compactMap { $0["frame"] as? Int } == [4, 6])
    }

    @Test func theGreetingIsALayer() throws {
        let record = try #require(
            try Self.records(["read", "Fixtures/greeting/tcp.pcap", "-c", "1", "tcp[tcpflags] & tcp-push != 0"]).first)
        #expect(Self.layers(record) == ["ethernet", "ipv4", "tcp", "greeting"])
    }

    @Test func portsAreDecodedAsAsked() throws {
        let capture = "Fixtures/icmp/port-unreachable.pcap"
        let plain = try Self.records(["read", capture, "udp"])
        let record = try #require(plain.first)
        let udp = try #require((record["layers"] as? [[String: Any]])?.first { $0["layer"] as? String == "udp" })
        let port = try #require(udp["destination_port"] as? Int)
        #expect(!Self.layers(record).contains("greeting"))
        let asked = try Self.records(["read", capture, "--decode-as", "\(port)=greeting", "udp"])
        #expect(asked.contains { Self.layers($0).contains("greeting") })
    }

    @Test func aReaderThatLeavesIsNoError() throws {
        let outcome = try Earshot.shell(
            """
            "$EARSHOT" read Fixtures/greeting/tcp.pcap --format json | true
            echo "${PIPESTATUS[0]}"
            """)
        #expect(outcome.output == "0\n")
        #expect(outcome.errors.isEmpty)
    }

    @Test func noOtherFormatIsKnown() throws {
        let outcome = try Earshot.run(["read", "Fixtures/greeting/tcp.pcap", "--format", "xml"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("xml"))
    }
}
