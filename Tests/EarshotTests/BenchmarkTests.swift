import Foundation
import Testing

/// `make bench` on captures so small that no time says anything: it works, and all it counts is right.
@Suite struct BenchmarkTests {
    @Test func everyCountOfTheComparisonIsRight() throws {
        let results = FileManager.default.temporaryDirectory.appending(path: "earshot-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: results) }
        let outcome = try Earshot.shell(
            """
            Benchmarks/compare.py "$EARSHOT" --library .build/debug/EarshotBenchmarks --packets 2000 --rounds 1 \\
                --starts 1 --results "$RESULTS"
            """,
            environment: ["RESULTS": results.path(percentEncoded: false)], deadline: 300)
        try #require(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        let read = try JSONSerialization.jsonObject(with: Data(contentsOf: results)) as? [String: Any]
        #expect(read?["wrong"] as? [String] == [])
        let rows = try #require(read?["rows"] as? [[String: Any]])
        #expect(rows.contains { ($0["work"] as? String)?.hasPrefix("read: faster than tcpdump") == true })
        #expect(rows.contains { ($0["work"] as? String)?.hasPrefix("reassembly of bulk by the library") == true })
        #expect(rows.allSatisfy { $0["ratio"] is Double })
    }

    /// Every operation does what it is measured for: the program looks.
    @Test func singleOperationsAreMeasured() throws {
        let outcome = try Earshot.shell(".build/debug/EarshotBenchmarks 1", deadline: 300)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let rows = outcome.output.split(separator: "\n").filter { $0.hasSuffix("not counted") }
        #expect(rows.count > 40)
    }

    /// A count that differs is found: against a generator that tells of one packet more than it wrote.
    @Test func aWrongCountEndsWithStatus1() throws {
        let lying = """
            folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cat >"$folder/lying.py" <<'EOF'
            import json, os, subprocess, sys
            subprocess.run([sys.executable, os.environ["TRUTHFUL"], *sys.argv[1:]], check=True)
            path = sys.argv[sys.argv.index("--out") + 1] + ".json"
            truth = json.load(open(path))
            truth["counts"]["tcp"] += 1
            json.dump(truth, open(path, "w"))
            EOF
            TRUTHFUL=Benchmarks/workload.py Benchmarks/compare.py "$EARSHOT" --workload "$folder/lying.py" \\
                --packets 400 --rounds 1 --starts 1
            """
        let outcome = try Earshot.shell(lying, deadline: 300)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("wrong: protocols"))
    }
}
