import Foundation
import Testing

/// What tcpdump and earshot say of every fixture, parsed and compared: addresses, ports, flags, sequence numbers,
/// options and lengths. Where tcpdump goes on into an application, up to the transport header.
@Suite struct TcpdumpTests {
    /// Those that tcpdump reads in a way of its own: it takes every payload of port 53 for DNS, and has no letter for
    /// the AE flag (RFC 9768 section 3.1).
    static let misread: Set = [
        "Fixtures/dns/segments.pcap", "Fixtures/http/other-ports.pcap", "Fixtures/tcp/probes.pcap",
    ]
    /// Those of which it does not find the packet: it knows no VN-Tags, and takes a logged packet's attributes to be in its
    /// own host's order.
    static let unread: Set = ["Fixtures/link/nflog.pcap", "Fixtures/link/vntag.pcap"]
    static let wellRead = Earshot.tcpdumpCaptures.filter { !misread.contains($0) && !unread.contains($0) }

    @Test(arguments: wellRead)
    func sameReading(capture: String) throws {
        let theirs = try Earshot.shell("TZ=UTC0 tcpdump -nn -r \(capture) 2>/dev/null")
        let ours = try Earshot.run(["read", "-nn", capture])
        try #require(theirs.status == 0 && ours.status == 0, "\(ours.errors)")
        let expected = theirs.output.split(separator: "\n").map { core(String($0)) }
        let actual = ours.output.split(separator: "\n").map { core(String($0)) }
        #expect(!expected.isEmpty)
        #expect(actual.count == expected.count)
        for (number, pair) in zip(actual, expected).enumerated() {
            #expect(pair.0 == pair.1, "packet \(number + 1) of \(capture)")
        }
    }

    /// The same with link headers.
    @Test(arguments: wellRead)
    func sameLinkHeaders(capture: String) throws {
        let theirs = try Earshot.shell("TZ=UTC0 tcpdump -nn -e -r \(capture) 2>/dev/null")
        let ours = try Earshot.run(["read", "-nn", "-e", capture])
        try #require(theirs.status == 0 && ours.status == 0, "\(ours.errors)")
        let expected = theirs.output.split(separator: "\n").map { core(String($0)) }
        #expect(!expected.isEmpty)
        #expect(ours.output.split(separator: "\n").map { core(String($0)) } == expected)
    }

    /// The same packet bytes in hex and ASCII.
    @Test(arguments: Earshot.tcpdumpCaptures.filter { !unread.contains($0) }, ["-x", "-X"])
    func sameBytes(capture: String, option: String) throws {
        let theirs = try Earshot.shell("TZ=UTC0 tcpdump -nn \(option) -r \(capture) 2>/dev/null")
        let ours = try Earshot.run(["read", "-nn", option, capture])
        func dump(_ text: String) -> [Substring] { text.split(separator: "\n").filter { $0.hasPrefix("\t0x") } }
        #expect(!dump(theirs.output).isEmpty)
        #expect(dump(ours.output) == dump(theirs.output))
    }

    /// The same compiled filters, in all three forms, comments in their file left out.
    @Test(arguments: ["-d", "-dd", "-ddd"])
    func sameListings(option: String) throws {
        let filter = NSTemporaryDirectory() + "earshot-filter-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: filter) }
        try "# only the greeting\ntcp port 9999 # its port\n".write(
            toFile: filter, atomically: true, encoding: .utf8)
        let capture = "Fixtures/greeting/tcp.pcap"
        let theirs = try Earshot.shell("tcpdump \(option) -F \(filter) -r \(capture) 2>/dev/null")
        let ours = try Earshot.run(["read", option, "-F", filter, capture])
        #expect(!theirs.output.isEmpty && ours.status == 0, "\(ours.errors)")
        #expect(ours.output == theirs.output)
    }

    /// The same short lines with link headers, of what both name alike.
    @Test func sameShortLines() throws {
        let capture = "Fixtures/greeting/reset.pcap"
        let theirs = try Earshot.shell("TZ=UTC0 tcpdump -nn -q -e -r \(capture) tcp 2>/dev/null")
        let ours = try Earshot.run(["read", "-nn", "-q", "-e", capture, "tcp"])
        #expect(!theirs.output.isEmpty)
        #expect(
            ours.output.split(separator: "\n").map { String($0).replacing(/: greeting .*/, with: "") }
                == theirs.output.split(separator: "\n").map(String.init))
    }

    /// A line up to the transport's length. earshot's applications follow it; tcpdump's do over TCP, and over UDP they
    /// stand in the transport's place, DNS with the length in parentheses at the end.
    private func core(_ line: String) -> String {
        // Where tcpdump knows the index of a cooked frame's interface, it is this machine's name for it.
        let line = line.replacingOccurrences(
            of: #"^(\S+) \S+ +(In|Out|B|M|P) "#, with: "$1 $2 ", options: .regularExpression)
        let ours = /^(.*length \d+): (?:greeting|DNS|mDNS|DHCP|BOOTP|NTPv\d|HTTP|TLS)(?: .*)?$/
        if let match = line.firstMatch(of: ours) { return String(match.1) }
        let overUDP = /^(.* > [^ ]+: )(?:NTPv\d, .*length (\d+)|BOOTP.*length (\d+)|\d+[^ ]* .*\((\d+)\))$/
        if let match = line.firstMatch(of: overUDP) {
            return "\(match.1)UDP, length \(match.2 ?? match.3 ?? match.4 ?? "")"
        }
        let overTCP = /^(.*: Flags .*length \d+)(?:: HTTP.*| \d+[^ ]* .*\(\d+\))$/
        return line.firstMatch(of: overTCP).map { String($0.1) } ?? line
    }
}
