import Foundation
import Testing

/// Connections between two namespaces, over a link whose faults are known, and over loopback.
@Suite(.serialized) struct FaultyLinkTests {
    /// How long a slow machine may take for one connection and its captures.
    private static let patience: TimeInterval = 300

    /// The link loses, delays and repeats segments, the same share of them by each seed; the capture at the sender's end
    /// has what is lost behind it, the one at the receiver's end only what arrived.
    @Test(.privileged, arguments: 1...20)
    func whatTheEndsSentIsReassembled(seed: Int) throws {
        let outcome = try Namespace.run(
            """
            python3 "$PROGRAMS/faulty.py" transfer \(seed) || exit
            for end in client server; do
                for side in client server; do
                    hash=$("$EARSHOT" follow --raw $side --stream 0 $end.pcap | sha256sum)
                    echo "$side ${hash%% *}"
                done
            done
            "$EARSHOT" expert server.pcap
            """, deadline: Self.patience)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        try #require(outcome.status == 0 && lines.count > 6, "\(outcome.output) \(outcome.errors)")
        let sent = Array(lines[..<2])
        #expect(sent.map { $0.prefix(7) } == ["client ", "server "])
        #expect(Array(lines[2..<4]) == sent, "captured at the client's end: \(outcome.errors)")
        #expect(Array(lines[4..<6]) == sent, "captured at the server's end: \(outcome.errors)")
        // Else the link would have had no faults.
        #expect(lines[6...].contains { $0.contains("retransmission") }, "\(outcome.output)")
        #expect(!outcome.output.contains("checksum"))
    }

    struct Scene: CustomTestStringConvertible {
        let name: String
        /// What the ladder has to say of it.
        let words: [String]
        var testDescription: String { name }
    }

    static let scenes = [
        Scene(name: "zero-window", words: ["│  zero window\n"]),
        Scene(name: "keep-alive", words: ["│  keep-alive\n", "│  keep-alive ACK\n"]),
        Scene(name: "reset", words: ["·· reset by client ··", "│  CLOSED  reset\n"]),
        Scene(name: "half-close", words: ["·· teardown: client closes first ··", "│  half-closed\n"]),
        Scene(name: "simultaneous-close", words: ["CLOSING", "│  simultaneous close\n"]),
    ]

    /// At both ends of the link.
    @Test(.privileged, arguments: scenes)
    func theLadderNamesWhatHappened(scene: Scene) throws {
        let outcome = try Namespace.run(
            """
            python3 "$PROGRAMS/faulty.py" \(scene.name) || exit
            for end in client server; do "$EARSHOT" ladder $end.pcap; echo END; done
            """, deadline: Self.patience)
        let ladders = outcome.output.components(separatedBy: "END\n").dropLast()
        try #require(outcome.status == 0 && ladders.count == 2, "\(outcome.output) \(outcome.errors)")
        for ladder in ladders {
            for words in scene.words { #expect(ladder.contains(words), "\(words): \(ladder)") }
        }
    }

    /// The window's row itself, and the one that opens it again, where nothing folds.
    @Test(.privileged) func aZeroWindowIsOpenedAgain() throws {
        let outcome = try Namespace.run(
            """
            python3 "$PROGRAMS/faulty.py" zero-window || exit
            "$EARSHOT" ladder --full client.pcap
            """, deadline: Self.patience)
        let rows = outcome.output.split(separator: "\n")
        let closed = rows.firstIndex { $0.hasSuffix("│  zero window") }
        let opened = rows.lastIndex { $0.hasSuffix("│  window update") }
        try #require(closed != nil && opened != nil, "\(outcome.output) \(outcome.errors)")
        #expect(closed! < opened!)
    }

    /// Loopback gives each frame to a packet socket twice, and leaves its checksum to be computed by hardware that is
    /// not there.
    @Test(.privileged) func loopbackIsToldOnce() throws {
        let outcome = try Namespace.run(
            """
            "$EARSHOT" capture -i lo -w lo.pcapng 2>log & pid=$!
            listening log
            python3 "$PROGRAMS/faulty.py" loopback || { kill $pid; exit 1; }
            awk '/lo:/ { print $3 }' /proc/net/dev
            kill -INT $pid; wait $pid
            "$EARSHOT" read --count lo.pcapng
            "$EARSHOT" follow --raw client --stream 0 lo.pcapng | sha256sum
            "$EARSHOT" conversations --format json lo.pcapng; echo END
            "$EARSHOT" ladder lo.pcapng; echo END
            "$EARSHOT" expert lo.pcapng; "$EARSHOT" read -v lo.pcapng | grep -o 'checksum_status.*' | sort -u
            """, deadline: Self.patience)
        let parts = outcome.output.components(separatedBy: "END\n")
        try #require(parts.count == 3, "\(outcome.output) \(outcome.errors)")
        let lines = parts[0].split(separator: "\n").map(String.init)
        try #require(lines.count == 5, "\(outcome.output) \(outcome.errors)")
        #expect(lines[2] == "\(lines[1]) packets")
        #expect(lines[3].prefix(64) == lines[0].dropFirst("client ".count))
        let record = try #require(JSONSerialization.jsonObject(with: Data(lines[4].utf8)) as? [String: Any])
        #expect(record["frames"] as? Int == Int(lines[1]))
        for (side, bytes) in [("client_totals", 1_000_000), ("server_totals", 0)] {
            let totals = try #require(record[side] as? [String: Any])
            #expect(totals["bytes"] as? Int == bytes)
            for fault in ["retransmissions", "out_of_order", "duplicate_acks", "lost_segments"] {
                #expect(totals[fault] as? Int == 0, "\(side): \(fault)")
            }
        }
        #expect(parts[1].contains("no loss"))
        #expect(parts[1].contains("▶│") && parts[1].contains("│◀"))
        #expect(parts[1].components(separatedBy: "SYN s0").count == 2, "\(parts[1])")
        #expect(parts[2].hasSuffix("checksum_status: good\nchecksum_status: offloaded\n"), "\(parts[2])")
        #expect(!parts[2].contains("bad"), "\(parts[2])")
        #expect(!parts[2].contains("retransmission"))
    }
}
