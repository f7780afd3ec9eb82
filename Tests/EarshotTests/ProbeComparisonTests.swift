import Foundation
import Testing

/// What ping(8) counts on the same path. Counts only: speed is a matter for Benchmarks.
@Suite(.serialized) struct ProbeComparisonTests {
    /// Transmitted and received, of a summary in ping's words.
    private func counts(_ output: String) -> [[Int]] {
        output.split(separator: "\n").filter { $0.contains(" packets transmitted, ") }.map { line in
            line.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
        }
    }

    @Test(.privileged, arguments: ["-i 0.005 -c 100", "-f -c 500", "-i 0.01 -c 20 -s 0", "-c 10 -i 0.01 -s 65000"])
    func loopback(options: String) throws {
        let outcome = try Earshot.shell(
            """
            ip link set lo up
            for host in 127.0.0.1 ::1; do for program in "$EARSHOT ping" ping; do
                $program -q \(options) $host; echo "status $?"
            done; done
            """.inNamespace)
        let counts = counts(outcome.output)
        try #require(counts.count == 4, "\(outcome.output) \(outcome.errors)")
        let wanted = Int(options.split(separator: " ").drop { $0 != "-c" }.dropFirst().first ?? "") ?? 0
        #expect(counts.allSatisfy { $0 == [wanted, wanted] }, "\(outcome.output)")
        #expect(outcome.output.components(separatedBy: "status 0").count == 5, "\(outcome.output)")
    }

    /// A router that drops exactly one request in ten: both lose the same.
    @Test(.privileged, arguments: ["10.0.3.2", "fd00:3::2"]) func loss(host: String) throws {
        let outcome = try ProbeNetwork.run(
            """
            for program in "$EARSHOT ping" ping; do
                on r1 nft -f - <<'END'
            table inet loss
            delete table inet loss
            table inet loss {
                chain forward {
                    type filter hook forward priority 0
                    icmp type echo-request numgen inc mod 10 0 drop
                    icmpv6 type echo-request numgen inc mod 10 0 drop
                }
            }
            END
                on a $program -q -i 0.005 -c 100 -W 1 \(host); echo "status $?"
            done
            """)
        #expect(counts(outcome.output) == [[100, 90], [100, 90]], "\(outcome.output) \(outcome.errors)")
        #expect(outcome.output.components(separatedBy: "10% packet loss").count == 3, "\(outcome.output)")
    }

    @Test(.privileged) func nobodyThere() throws {
        let outcome = try ProbeNetwork.run(
            """
            ip -n ${p}r2 route add blackhole 10.0.3.9
            for program in "$EARSHOT ping" ping; do on a $program -q -i 0.1 -c 3 -W 1 10.0.3.9; echo "status $?"; done
            """)
        #expect(counts(outcome.output) == [[3, 0], [3, 0]], "\(outcome.output) \(outcome.errors)")
        #expect(outcome.output.components(separatedBy: "status 1").count == 3)
    }
}
