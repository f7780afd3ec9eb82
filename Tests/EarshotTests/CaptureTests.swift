import Foundation
import Testing

/// Live captures in network namespaces of their own. What is printed is checked by shape, never golden.
@Suite(.serialized) struct CaptureTests {
    /// Runs a script with a loopback of its own; `listening` waits until earshot says that it hears.
    private func inNamespace(_ script: String, deadline: TimeInterval = 60) throws -> Outcome {
        let prelude = """
            ip link set lo up
            listening() { for i in $(seq 500); do grep -qs "listening on" "$1" && return; sleep 0.01; done; exit 9; }
            folder=$(mktemp -d); trap 'rm -rf $folder' EXIT; cd $folder

            """
        return try Earshot.execute(
            ["/usr/bin/unshare", "-n", "/bin/bash", "-c", prelude + script], in: Earshot.root,
            environment: ["EARSHOT": Earshot.binary], input: nil, deadline: deadline)
    }

    private let sender = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        r = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); r.bind(("127.0.0.1", 9000))
        for i in range(int(sys.argv[1])): s.sendto(b"%06d" % i, ("127.0.0.1", 9000))
        """

    @Test(.privileged, arguments: ["lo", "any"])
    func everyDatagramOnce(interface: String) throws {
        let outcome = try inNamespace(
            """
            "$EARSHOT" capture -i \(interface) -A -w out.pcap --print udp port 9000 >text 2>log & pid=$!
            listening log
            python3 -c '\(sender)' 10000
            kill -INT $pid; wait $pid; echo "status $?"
            cat log; grep -c ' UDP, length 6' text; grep -oE '[0-9]{6}$' text | sort -u | wc -l
            tcpdump -r out.pcap 2>/dev/null | wc -l
            """)
        let link = interface == "lo" ? "EN10MB (Ethernet)" : "LINUX_SLL2 (Linux cooked v2)"
        let expected = [
            "status 0", "listening on \(interface), link-type \(link), snapshot length 262144 bytes",
            "10000 packets captured", "0 packets dropped by kernel", "10000", "10000", "10000",
        ]
        #expect(outcome.output.split(separator: "\n").map(String.init) == expected, "\(outcome.errors)")
    }

    @Test(.privileged, arguments: ["INT", "TERM", "HUP"])
    func signalLosesNothing(signal: String) throws {
        let outcome = try inNamespace(
            """
            "$EARSHOT" capture -i lo -w out.pcap udp port 9000 2>log & pid=$!
            listening log
            python3 -c '\(sender)' 3000; kill -\(signal) $pid; wait $pid; echo "status $?"; tail -2 log
            """)
        #expect(outcome.output == "status 0\n3000 packets captured\n0 packets dropped by kernel\n")
    }

    @Test(.privileged) func countAndDuration() throws {
        let outcome = try inNamespace(
            """
            "$EARSHOT" capture -i lo -c 5 udp port 9000 >text 2>log & pid=$!
            listening log; python3 -c '\(sender)' 50; wait $pid; echo "status $?"; wc -l <text; grep captured log
            "$EARSHOT" capture -i lo --duration 0.2 2>log; echo "status $?"; grep captured log
            """)
        #expect(outcome.output == "status 0\n5\n5 packets captured\nstatus 0\n0 packets captured\n")
    }

    /// The kernel strips the tag of a received frame; capture puts it back.
    @Test(.privileged) func tagsArriveWhole() throws {
        let outcome = try inNamespace(
            """
            ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up
            "$EARSHOT" capture -i v1 -e -c 2 vlan >text 2>log & pid=$!
            listening log
            python3 -c '
            import socket
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("v0", 0))
            frame = bytes.fromhex("020000000902020000000901")
            s.send(frame + bytes.fromhex("81006005") + bytes.fromhex("88b5") + bytes(50))
            s.send(frame + bytes.fromhex("88a80007" "81000008" "88b5") + bytes(50))'
            wait $pid; echo "status $?"; cat text
            """)
        #expect(outcome.output.contains("status 0"), "\(outcome.output) \(outcome.errors)")
        #expect(
            outcome.output.contains("ethertype 802.1Q (0x8100), length 68: vlan 5, p 3, ethertype Unknown (0x88b5)"))
        #expect(
            outcome.output.contains(
                "ethertype 802.1Q-QinQ (0x88a8), length 72: vlan 7, p 0, ethertype 802.1Q (0x8100), vlan 8, p 0"))
    }

    /// Segments of a bulk transfer on loopback leave with checksums still to be filled in.
    @Test(.privileged) func noFalseChecksumAlarm() throws {
        let outcome = try inNamespace(
            """
            "$EARSHOT" capture -i lo -v -w out.pcap --print tcp >text 2>log & pid=$!
            listening log
            python3 -c '
            import socket, threading
            l = socket.create_server(("127.0.0.1", 9000))
            def serve():
                c, _ = l.accept()
                while c.recv(65536): pass
            t = threading.Thread(target=serve); t.start()
            s = socket.create_connection(("127.0.0.1", 9000)); s.sendall(bytes(1000000)); s.close(); t.join()'
            kill -INT $pid; wait $pid; echo "status $?"
            grep -c 'checksum_status.*bad' text; "$EARSHOT" read -v out.pcap | grep -c 'checksum_status.*bad'
            grep -cE 'checksum_status.*(good|offloaded)' text | sed 's/^[1-9][0-9]*$/some/'
            """)
        #expect(outcome.output == "status 0\n0\n0\nsome\n", "\(outcome.output) \(outcome.errors)")
    }

    @Test(.privileged, arguments: [("", 3), ("--stream 1", 1)])
    func totalsOfEachConversationOnce(option: String, count: Int) throws {
        let outcome = try inNamespace(
            """
            "$EARSHOT" greet serve -4 >/dev/null 2>&1 & server=$!
            "$EARSHOT" ladder -i lo \(option) >text 2>log & pid=$!
            listening log; for i in $(seq 500); do ss -ltn | grep -q :9999 && break; sleep 0.01; done
            for name in A B C; do "$EARSHOT" greet connect -4 --names $name >/dev/null; done
            kill -INT $pid; wait $pid; echo "status $?"; kill $server
            grep -c ' packets ' text; grep -c '⇄' text; grep -c 'closed by client' text
            """)
        #expect(outcome.output == "status 0\n\(count)\n\(count)\n\(count)\n", "\(outcome.output) \(outcome.errors)")
    }

    @Test(.privileged) func protocolsOfAnInterface() throws {
        let outcome = try inNamespace(
            """
            "$EARSHOT" protocols -i lo -c 20 udp >text 2>log & pid=$!
            listening log; python3 -c '\(sender)' 20; wait $pid; echo "status $?"; grep udp text
            """)
        #expect(outcome.output.contains("status 0"))
        #expect(outcome.output.range(of: #"udp +20 "#, options: .regularExpression) != nil, "\(outcome.output)")
    }
}
