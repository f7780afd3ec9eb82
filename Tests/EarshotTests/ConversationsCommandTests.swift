import Foundation
import Testing

/// `earshot conversations` as a user runs it.
@Suite struct ConversationsCommandTests {
    /// Seven conversations in one savefile: closed, refused, reset, with a retransmission, and of UDP.
    private static let capture = """
        capture() {
            cat Fixtures/greeting/tcp6.pcap
            for name in greeting/refused greeting/reset greeting/udp tcp/retransmission http/request-response dns/udp; do
                tail -c +25 Fixtures/$name.pcap
            done
        }

        """

    private func run(_ options: String, environment: [String: String] = [:]) throws -> Outcome {
        // Who has had enough packets closes the pipe, and what writes into it complains.
        try Earshot.shell(
            Self.capture + "capture 2>/dev/null | \"$EARSHOT\" conversations -r - \(options)", environment: environment)
    }

    /// The cells of each row. None of them has a space in it, and none is empty.
    private func rows(_ options: String = "") throws -> [[String]] {
        let outcome = try run(options)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ").map(String.init) }
    }

    @Test func aRowForEachConversation() throws {
        let rows = try rows()
        #expect(rows.map { $0[0] } == ["0", "1", "2", "3", "4", "udp:0", "udp:1"])
        #expect(rows.map { $0[3] } == ["closed", "refused", "reset", "closed", "closed", "-", "-"])
        #expect(rows[0][1...2] == ["[::1]:53744", "[::1]:9999"])
        #expect(rows[0][4...7] == ["9", "21", "10", "49"])
        #expect(rows[3][11] == "1", "a retransmission")
        #expect(rows[1][10] == "-", "no round trip where nobody listens")
        #expect(rows.map { $0[12] } == ["greeting", "-", "greeting", "greeting", "http", "greeting", "dns"])
    }

    @Test func theFilterAndTheLimitApply() throws {
        #expect(try rows("'udp port 53'").map { $0[12] } == ["dns"])
        #expect(try rows("-c 3").map { $0[4] } == ["2"])
    }

    @Test(arguments: [
        ("packets", [4, 6]), ("bytes", [5, 7]), ("start", [8]), ("duration", [9]), ("rtt", [10]),
        ("retransmissions", [11]), ("client-packets", [4]), ("client-bytes", [5]), ("server-packets", [6]),
        ("server-bytes", [7]),
    ])
    func amountsSort(column: String, cells: [Int]) throws {
        for order in ["", "-"] {
            let rows = try rows("--sort \(order)\(column)")
            #expect(rows.count == 7)
            let values = rows.map { row in
                cells.compactMap { Double(row[$0].replacing(",", with: "")) }.reduce(nil) { ($0 ?? 0) + $1 } as Double?
            }
            let known = values.compactMap { $0 }
            #expect(values.prefix(known.count).allSatisfy { $0 != nil }, "missing ones come last: \(values)")
            #expect(known == known.sorted(by: order.isEmpty ? { $0 < $1 } : { $0 > $1 }))
            #expect(Set(known).count > 1, "else nothing is proved")
        }
        let reversed = try rows("--sort \(column) --reverse")
        #expect(try reversed == rows("--sort -\(column)"))
    }

    @Test(arguments: [("client", 1), ("server", 2), ("state", 3), ("application", 12), ("transport", 3)])
    func equalOnesStandTogether(column: String, cell: Int) throws {
        let rows = try rows("--sort \(column)")
        #expect(rows.count == 7)
        var seen: [String] = []
        for row in rows where seen.last != row[cell] {
            if column == "transport" { continue }
            #expect(!seen.contains(row[cell]), "\(rows.map { $0[cell] })")
            seen.append(row[cell])
        }
        if column != "transport" { #expect(seen.firstIndex(of: "-") ?? seen.count - 1 == seen.count - 1) }
    }

    @Test func numbersSortDownwardsToo() throws {
        #expect(try rows("--sort -number").map { $0[0] } == ["udp:1", "udp:0", "4", "3", "2", "1", "0"])
    }

    @Test func recordsAreJSON() throws {
        let outcome = try run("--format json --segments --sort -bytes")
        let records = try outcome.output.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        let kinds = records.map { $0["record"] as? String }
        let segments = kinds.prefix { $0 == "tcp_segment" }.count
        #expect(kinds.dropFirst(segments).count { $0 == "tcp_stream" } == 5)
        #expect(kinds.dropFirst(segments).count { $0 == "udp_conversation" } == 2)
        #expect(kinds.count == segments + 7)
        let frames = records.filter { $0["record"] as? String == "tcp_stream" }.compactMap { $0["frames"] as? Int }
        #expect(frames.reduce(0, +) == segments)
        let first = try #require(records[segments]["server_totals"] as? [String: Any])
        #expect((first["bytes"] as? Int ?? 0) > 100, "the most bytes first")
    }

    /// The terminal's width holds on a terminal only.
    @Test(arguments: [60, 80, 100, 132])
    func theTableFitsTheTerminal(columns: Int) throws {
        func shown(_ options: String) throws -> [Substring] {
            try Earshot.shell(
                Self.capture + """
                    file=$(mktemp); capture >$file
                    script -qec "'$EARSHOT' conversations $file \(options)" /dev/null; rm $file
                    """, environment: ["COLUMNS": "\(columns)"]
            ).output.replacing("\r\n", with: "\n").split(separator: "\n")
        }
        let lines = try shown("")
        #expect(lines.count == 8)
        #expect(lines.allSatisfy { $0.count <= columns }, "\(lines.joined(separator: "\n"))")
        #expect(lines[0].hasPrefix("number  client"))
        #expect(try shown("--sort -rtt")[0].contains("rtt ms"))
        #expect(try shown("--wide")[0].hasSuffix("rtt ms  retr  application"))
        #expect(try run("", environment: ["COLUMNS": "\(columns)"]).output.contains("rtt ms  retr  application\n"))
    }

    @Test func unknownColumnsAreRefused() throws {
        let outcome = try run("--sort size")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("size"))
    }
}
