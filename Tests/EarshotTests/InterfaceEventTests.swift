import Foundation
import Testing

/// What interfaces do while they are captured.
@Suite(.serialized) struct InterfaceEventTests {
    @Test(.privileged, arguments: ["", "--workers 2"])
    func downAndUp(options: String) throws {
        let outcome = try Namespace.run(
            """
            veth
            "$EARSHOT" capture -i v0 \(options) -w x.pcap udp port 9000 2>log & pid=$!
            listening log
            send v1 100 5; sleep 0.2; ip link set v0 down; sleep 0.5; ip link set v0 up; sleep 0.2; send v1 100 6
            kill -INT $pid; wait $pid; echo "status $?"; "$EARSHOT" read --count x.pcap
            grep earshot log | sed -E 's/[0-9]\\.[0-9]{3} s/GAP/'; tail -2 log
            """)
        #expect(
            outcome.output == """
                5
                6
                status 0
                11 packets
                earshot: v0 is down
                earshot: v0 is up again after GAP without packets
                11 packets captured
                0 packets dropped by kernel

                """, "\(outcome.errors)")
    }

    /// Nobody has to end the capture, and what was captured is written.
    @Test(.privileged, arguments: ["", "--workers 2"])
    func deleted(options: String) throws {
        let outcome = try Namespace.run(
            """
            veth
            timeout 20 "$EARSHOT" capture -i v0 \(options) -w x.pcap udp port 9000 2>log & pid=$!
            listening log
            send v1 100 5; ip link del v0; wait $pid; echo "status $?"; "$EARSHOT" read --count x.pcap
            grep -o 'capturing on v0: the interface is gone' log; grep captured log
            """)
        #expect(
            outcome.output
                == "5\nstatus 1\n5 packets\ncapturing on v0: the interface is gone\n5 packets captured\n",
            "\(outcome.errors)")
    }

    @Test(.privileged) func changedMTU() throws {
        let outcome = try Namespace.run(
            """
            veth
            "$EARSHOT" capture -i v0 -w x.pcap udp port 9000 2>log & pid=$!
            listening log
            ip link set v0 mtu 1400; send v1 100 5; kill -INT $pid; wait $pid; echo "status $?"; grep earshot log
            """)
        #expect(outcome.output == "5\nstatus 0\nearshot: the MTU of v0 was 1500 bytes and is 1400 now\n")
    }

    /// Segmentation offload hands over what becomes many frames; it arrives whole.
    @Test(.privileged, arguments: ["lo", "any"]) func framesOverTheMTU(link: String) throws {
        let outcome = try Namespace.run(
            """
            ip link set lo mtu 1500
            "$EARSHOT" capture -i \(link) -w x.pcap tcp 2>log & pid=$!
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
            grep -c 'a frame of .* bytes on lo, whose MTU is 1500: segmentation offload' log
            "$EARSHOT" read -v x.pcap 2>&1 | grep -cE 'checksum_status.*bad|cut'
            """)
        #expect(outcome.output == "status 0\n1\n0\n", "\(outcome.errors)")
    }

    @Test(.privileged) func anyGoesOnWhateverComesAndGoes() throws {
        let outcome = try Namespace.run(
            """
            "$EARSHOT" capture -i any -w x.pcap --print udp port 9000 >text 2>log & pid=$!
            listening log
            veth; send v0 100 5 >/dev/null; send lo 100 3 >/dev/null; sleep 0.2; ip link del v0; sleep 0.2
            send lo 100 2 >/dev/null
            kill -INT $pid; wait $pid; echo "status $?"
            grep -c 'v1 *P ' text; grep -c 'v0 .*Out' text; grep -c 'lo .*In' text
            grep -E 'earshot: v[01] has' log | sed 's/, interface.*//' | sort; "$EARSHOT" read --count x.pcap
            """)
        #expect(
            outcome.output == """
                status 0
                5
                5
                5
                earshot: v0 has come
                earshot: v0 has gone
                earshot: v1 has come
                earshot: v1 has gone
                15 packets

                """, "\(outcome.errors)")
    }
}
