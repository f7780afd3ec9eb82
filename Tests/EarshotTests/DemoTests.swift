import Foundation
import Testing

/// `earshot demo` as a newcomer runs it.
@Suite(.serialized) struct DemoTests {
    /// A copy of the binary that any user can run, in `$folder`.
    private let copied = """
        folder=$(mktemp -d); trap 'rm -rf $folder' EXIT; chmod 755 $folder; cp "$EARSHOT" $folder/earshot
        nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

        """

    private func expectHeard(_ outcome: Outcome, transport: String) {
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        let words =
            transport == "tcp"
            ? [
                "SYN-SENT", "handshake", "\"Welcome!\"", "\"Michael\"", "\"Hello, Michael!\"", "\"Hello, Sarah!\"",
                "teardown: client closes first", "TIME-WAIT", "CLOSED",
            ]
            : ["\"Welcome!\"", "\"Michael\"", "\"Hello, Michael!\"", "\"Hello, Sarah!\""]
        for word in words { #expect(outcome.output.contains(word), "\(word) in \(outcome.output)") }
        #expect(outcome.output.contains("0 lost"), "\(outcome.output)")
        #expect(!outcome.output.contains("replayed"))
        for line in outcome.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test(.privileged, arguments: ["tcp", "udp"])
    func asRoot(transport: String) throws {
        expectHeard(try Earshot.run(["demo", "--transport", transport]), transport: transport)
    }

    @Test(.privileged, arguments: ["tcp", "udp"])
    func asNobodyInANamespaceOfItsOwn(transport: String) throws {
        let outcome = try Earshot.shell(copied + "nobody $folder/earshot demo --transport \(transport)")
        expectHeard(outcome, transport: transport)
    }

    /// What an installed binary replays, without a Fixtures folder, is the fixture.
    @Test(.privileged, arguments: ["tcp", "udp"])
    func replayedWhereNothingIsAllowed(transport: String) throws {
        let outcome = try Earshot.shell(
            copied + """
                cd $folder; nobody unshare -Ur bash -c 'cd /proc/sys/user; echo 0 | tee max_net_namespaces >max_user_namespaces
                exec '$folder'/earshot demo --transport \(transport)'
                """)
        #expect(outcome.status == 0, "\(outcome.errors)")
        var lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        let last = lines.popLast() ?? ""
        #expect(last.hasPrefix("replayed, not live: "), "\(outcome.output)")
        #expect(last.contains("Operation not permitted") && last.contains("No space left"), "both reasons: \(last)")
        let fixture = try Earshot.run(["ladder", "Fixtures/greeting/\(transport).pcap"])
        // The replay names the interface that it was recorded on.
        let drawn = lines.joined(separator: "\n").replacingOccurrences(
            of: #"   lo\s+"#, with: "   ", options: .regularExpression)
        #expect(drawn + "\n" == fixture.output)
    }

    /// Another program on the greeting's port does not spoil the demonstration.
    @Test(.privileged) func portTaken() throws {
        let outcome = try Earshot.shell(
            """
            unshare -n bash -c 'ip link set lo up
            python3 -c "import socket, time; s = socket.create_server((\\"127.0.0.1\\", 9999)); time.sleep(20)" & other=$!
            sleep 0.3; "$EARSHOT" demo; status=$?; kill $other; exit $status'
            """)
        expectHeard(outcome, transport: "tcp")
    }

    @Test(.privileged) func leavesNoProcessBehind() throws {
        let outcome = try Earshot.shell(
            copied + """
                $folder/earshot demo >/dev/null; sleep 0.2
                for link in /proc/[0-9]*/exe; do readlink $link; done 2>/dev/null | grep -c $folder/earshot
                """)
        #expect(outcome.output == "0\n")
    }
}
