import Foundation
import Testing

/// What `--format json` writes, held against the schema that users are given.
@Suite struct SchemaTests {
    static let schema = "Fixtures/schema/frame.schema.json"

    /// The violations that the validator names, if any, and its status.
    static func validate(_ lines: String) throws -> Outcome {
        let command = ["/usr/bin/env", "python3", "Tests/Schema/validate.py", schema]
        return try Earshot.execute(
            command, in: Earshot.root, environment: [:], input: Data(lines.utf8), deadline: 120)
    }

    @Test(arguments: Earshot.captures)
    func everyFixtureFollowsIt(capture: String) throws {
        let json = try Earshot.run(["read", capture, "--format", "json"])
        guard !json.output.isEmpty else { return }
        let verdict = try Self.validate(json.output)
        #expect(verdict.status == 0, "\(capture): \(verdict.output)\(verdict.errors)")
    }

    @Test(arguments: [
        ("a member too many", #""link_type":1"#, #""link_type":1,"link":1"#, "$: link is not in the schema"),
        ("a field too many", #""dscp":0"#, #""dscp":0,"tos":0"#, "$.layers[1]: tos is not in the schema"),
        ("a missing member", #""link_type":1,"#, "", "$: link_type is missing"),
        ("a number in words", #""ttl":64"#, #""ttl":"64""#, "$.layers[1].ttl: '64' is no integer"),
        ("a number too large", #""ttl":64"#, #""ttl":256"#, "$.layers[1].ttl: 256 is more than 255"),
        ("an unknown status", #""checksum_status":"good""#, #""checksum_status":"fine""#, "'fine' is none of"),
        ("an address in capitals", #""source":"00:00"#, #""source":"0A:00"#, "does not match"),
    ])
    func itRefuses(_ name: String, _ part: String, _ replacement: String, _ verdict: String) throws {
        let json = try Earshot.run(["read", "Fixtures/greeting/tcp.pcap", "-c", "1", "--format", "json"])
        let range = try #require(json.output.range(of: part), "\(name)")
        let outcome = try Self.validate(json.output.replacingCharacters(in: range, with: replacement))
        #expect(outcome.status == 1, "\(name)")
        #expect(outcome.output.contains(verdict), "\(name): \(outcome.output)")
    }
}
