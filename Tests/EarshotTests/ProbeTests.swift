import Foundation
import Testing

/// ping, trace and sweep over three hops of veth in namespaces of their own.
@Suite(.serialized) struct ProbeTests {
    private func inNetwork(_ script: String, deadline: TimeInterval = 60) throws -> Outcome {
        try ProbeNetwork.run(script, deadline: deadline)
    }

    private func records(_ output: String) -> [[String: Any]] { ProbeNetwork.records(output) }

    @Test(
        .privileged,
        arguments: [
            ("10.0.3.2", ["10.0.1.2", "10.0.2.2", "10.0.3.2"]), ("fd00:3::2", ["fd00:1::2", "fd00:2::2", "fd00:3::2"]),
        ])
    func everyHop(host: String, addresses: [String]) throws {
        for options in ["", "--udp"] {
            let outcome = try inNetwork("on a \"$EARSHOT\" trace --format json \(options) \(host)")
            #expect(outcome.status == 0, "\(outcome.errors)")
            let hops = records(outcome.output).filter { $0["record"] as? String == "hop" }
            #expect(hops.map { $0["address"] as? String } == addresses, "\(outcome.output)")
            #expect(
                hops.allSatisfy { $0["received"] as? Int == 3 && $0["transmitted"] as? Int == 3 }, "\(outcome.output)")
        }
    }

    /// A router says that it does not find a host after three seconds: trace, its live table and sweep wait for that.
    @Test(.privileged) func aHostThatTheLastRouterDoesNotFind() throws {
        let outcome = try inNetwork(
            """
            on a "$EARSHOT" trace -q 1 10.0.3.77 >trace.$$ & on a "$EARSHOT" trace -q 1 fd00:3::77 >trace6.$$ &
            on a "$EARSHOT" trace --live -c 1 10.0.3.78 >live.$$ &
            on a "$EARSHOT" sweep -u 10.0.3.79 10.0.1.79 fd00:3::79 >sweep.$$ 2>/dev/null & wait
            tail -1 trace.$$ | sed -E 's/[0-9]+ ms/N ms/'; tail -1 trace6.$$ | sed -E 's/[0-9]+ ms/N ms/'
            tail -1 live.$$ | sed -E 's/[0-9]+\\.[0-9]{3}/N/g'; sort sweep.$$; rm -f *.$$
            begin=$EPOCHREALTIME; on a "$EARSHOT" trace -q 1 -W 0.2 10.0.3.80 | tail -1
            on a "$EARSHOT" trace -q 1 10.0.3.2 | tail -1 | sed -E 's/[0-9.]+ ms/N ms/'; end=$EPOCHREALTIME
            [ $((${end/./} - ${begin/./})) -lt 3000000 ] && echo soon
            """)
        #expect(
            outcome.output == """
                 3  10.0.2.2  N ms  host unreachable
                 3  fd00:2::2  N ms  address unreachable
                  3     0.0     1 N N N N    N     10.0.2.2  host unreachable
                10.0.1.79 does not answer: host unreachable from 10.0.1.1
                10.0.3.79 does not answer: host unreachable from 10.0.2.2
                fd00:3::79 does not answer: address unreachable from fd00:2::2
                30  no answer  *
                 3  10.0.3.2  N ms  reached
                soon

                """, "\(outcome.errors)")
    }

    /// An address of a link means nothing without it; -i 0 prints lines as any other interval.
    @Test(.privileged) func zonesAndNoInterval() throws {
        let outcome = try inNetwork(
            """
            near=$(ip -n ${p}r1 -br addr show dev vr1a | grep -o 'fe80[^/]*')
            on a "$EARSHOT" ping -c 1 $near%var1 | grep -oF " $near%var1: icmp_seq=1" | wc -l
            on a "$EARSHOT" ping -c 1 ff02::1%var1 | grep -cF "bytes from fe80::"
            on a "$EARSHOT" ping -c 1 ff02::1%var1 | grep "bytes from" | grep -vcF "%var1: icmp_seq="
            on a "$EARSHOT" ping -c 1 -q ff02::1%var1 | head -1
            on a "$EARSHOT" ping -c 1 --format json $near%var1 | grep -cF '"address":"'$near'%var1"'
            on a "$EARSHOT" ping -c 1 --format json -I var1 $near | grep -cF '"address":"'$near'%var1"'
            on a "$EARSHOT" trace -q 1 $near%var1 | grep -cF "$near%var1"
            on a "$EARSHOT" trace -q 1 --format json $near%var1 | grep -cF '"address":"'$near'%var1"'
            on a "$EARSHOT" ping -c 3 -i 0 10.0.3.2 | grep -c "^64 bytes from 10.0.3.2: icmp_seq="
            on a "$EARSHOT" ping -c 3 -f 10.0.3.2 | grep -c "icmp_seq="
            on a "$EARSHOT" ping -c 1 10.0.3.2 | grep -c %
            on a "$EARSHOT" sweep -q -a -r 0 $near%var1 | grep -cxF "$near%var1"
            on a "$EARSHOT" sweep -q -a -r 0 -W 0.3 $near/127%var1 | grep -cxF "$near%var1"
            on a "$EARSHOT" sweep -r 0 --format json $near-$near%var1 2>/dev/null | grep -cF '"address":"'$near'%var1"'
            on a "$EARSHOT" sweep $near%nosuch 2>&1 | grep -cF "$near%nosuch: no interface has the name behind %"
            """)
        #expect(
            outcome.output
                == "1\n2\n0\nPING ff02::1%var1(ff02::1%var1) 56 data bytes\n2\n1\n2\n2\n3\n0\n1\n1\n1\n1\n1\n",
            "\(outcome.errors)")
    }

    @Test(.privileged) func smallMTUIsNamed() throws {
        let outcome = try inNetwork(
            """
            ip -n ${p}r2 link set vr2b mtu 1400; ip -n ${p}b link set vbr2 mtu 1400
            for host in 10.0.3.2 fd00:3::2; do
                on a "$EARSHOT" trace --mtu $host | tail -1
                on a "$EARSHOT" trace --udp --mtu $host | tail -1
            done
            on a "$EARSHOT" ping -q -c 1 -W 1 -s 1392 -M do 10.0.3.2 2>&1 | grep transmitted
            """)
        #expect(
            outcome.output == """
                path MTU 1400, limited by hop 2, 10.0.2.2
                path MTU 1400, limited by hop 2, 10.0.2.2
                path MTU 1400, limited by hop 2, fd00:2::2
                path MTU 1400, limited by hop 2, fd00:2::2
                1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms

                """, "\(outcome.errors)")
    }

    /// A router that drops what its next link does not carry, and says nothing: the last hop that longer packets reach
    /// is named.
    @Test(.privileged) func silentBlackHole() throws {
        let outcome = try inNetwork(
            """
            ip -n ${p}r2 link set vr2b mtu 1400; ip -n ${p}b link set vbr2 mtu 1400
            on r2 nft -f - <<'END'
            table inet silence {
                chain output {
                    type filter hook output priority 0
                    icmp type destination-unreachable drop
                    icmpv6 type packet-too-big drop
                }
            }
            END
            for host in 10.0.3.2 fd00:3::2; do
                on a "$EARSHOT" trace --mtu -W 0.5 $host | tail -1
                on a "$EARSHOT" trace --mtu -W 0.5 --format json $host | tail -1 | grep -o '"path_mtu.*'
            done
            on a "$EARSHOT" trace --mtu --udp -W 0.5 10.0.3.2 | tail -1
            """)
        #expect(
            outcome.output == """
                path MTU 1400, silent: longer packets reach hop 2, 10.0.2.2, and vanish behind it
                "path_mtu":1400,"mtu_silent":true,"mtu_after":"10.0.2.2","mtu_after_ttl":2}
                path MTU 1400, silent: longer packets reach hop 2, fd00:2::2, and vanish behind it
                "path_mtu":1400,"mtu_silent":true,"mtu_after":"fd00:2::2","mtu_after_ttl":2}
                path MTU 1400, silent: longer packets reach hop 2, 10.0.2.2, and vanish behind it

                """, "\(outcome.errors)")
    }

    /// What a router refuses it says in different words; what it swallows, not at all. Few probes: Linux tells a host of
    /// no more than five refusals at once, one a second after that, whatever icmp_ratelimit says.
    @Test(.privileged) func refusalsAreToldApart() throws {
        let outcome = try inNetwork(
            """
            for kind in blackhole prohibit unreachable; do
                for route in 10.0.3.2 fd00:3::2; do
                    ip -n ${p}r2 route add $kind $route
                    on a "$EARSHOT" trace -m 2 -q 1 -W 0.3 $route | tail -n +3 | head -1 | sed 's/  [0-9.]* ms//'
                    on a "$EARSHOT" ping -c 1 -W 0.3 $route | grep From
                    ip -n ${p}r2 route del $kind $route
                done
            done
            """)
        #expect(
            outcome.output == """
                 2  no answer  *
                 2  no answer  *
                 2  10.0.2.2  communication administratively prohibited
                From 10.0.2.2 icmp_seq=1 Packet filtered
                 2  fd00:2::2  administratively prohibited
                From fd00:2::2 icmp_seq=1 Destination unreachable: Administratively prohibited
                 2  10.0.2.2  host unreachable
                From 10.0.2.2 icmp_seq=1 Destination Host Unreachable
                 2  fd00:2::2  no route to destination
                From fd00:2::2 icmp_seq=1 Destination unreachable: No route

                """, "\(outcome.errors)")
    }

    @Test(.privileged, arguments: ["10.0.3.2", "fd00:3::2"])
    func oneInTenIsLost(host: String) throws {
        let outcome = try inNetwork(
            """
            on r1 nft -f - <<'END'
            table inet loss {
                chain forward {
                    type filter hook forward priority 0
                    icmp type echo-request numgen inc mod 10 0 drop
                    icmpv6 type echo-request numgen inc mod 10 0 drop
                }
            }
            END
            on a "$EARSHOT" ping -q -i 0.005 -c 200 -W 0.5 --format json \(host)
            """)
        let summary = try #require(records(outcome.output).last)
        #expect(summary["transmitted"] as? Int == 200 && summary["received"] as? Int == 180, "\(outcome.output)")
        #expect(summary["loss_percent"] as? Double == 10)
    }

    /// A router that sends every reply twice.
    @Test(
        .privileged,
        arguments: [
            ("10.0.3.2", "table ip t", "icmp type echo-reply dup to 10.0.1.1"),
            ("fd00:3::2", "table ip6 t", "icmpv6 type echo-reply dup to fd00:1::1"),
        ])
    func duplicatesAreCounted(host: String, table: String, rule: String) throws {
        let outcome = try inNetwork(
            """
            on r1 nft '\(table) { chain c { type filter hook forward priority 0; \(rule); }; }' || exit 9
            on a "$EARSHOT" ping -q -i 0.01 -c 20 -w 10 --format json \(host)
            """)
        let summary = try #require(records(outcome.output).last, "\(outcome.errors)")
        #expect(summary["received"] as? Int == 20, "\(outcome.output)")
        #expect((19...20).contains(summary["duplicates"] as? Int ?? 0), "\(outcome.output)")
        #expect(summary["loss_percent"] as? Double == 0)
    }

    @Test(.privileged) func sweepFindsWhoIsThere() throws {
        let outcome = try inNetwork(
            """
            on a "$EARSHOT" sweep -a -q -W 0.3 10.0.3.0/29 | sort; echo "status $?"
            on a "$EARSHOT" sweep -q -W 0.3 -r 0 10.0.3.5; echo "status $?"
            on a "$EARSHOT" sweep -q -a fd00:3::1-fd00:3::2; echo "status $?"
            on a "$EARSHOT" sweep -q -a 127.0.0.0/18 | sort -u | wc -l
            """)
        #expect(
            outcome.output.split(separator: "\n").map(String.init) == [
                "10.0.3.1", "10.0.3.2", "status 0", "status 1", "fd00:3::1", "fd00:3::2", "status 0", "16384",
            ], "\(outcome.output) \(outcome.errors)")
    }

    /// A thousand hosts, once each, at the pace that a sweep has by itself.
    @Test(.privileged) func noReplyIsMissedAtTheDefaultPace() throws {
        let outcome = try inNetwork(
            """
            ip -n ${p}b route add local 10.9.0.0/22 dev lo; ip -n ${p}b route add local fd00:9::/118 dev lo
            for hop in "a 10.0.1.2 fd00:1::2" "r1 10.0.2.2 fd00:2::2" "r2 10.0.3.2 fd00:3::2"; do
                set -- $hop; ip -n $p$1 route add 10.9.0.0/22 via $2; ip -n $p$1 route add fd00:9::/118 via $3
            done
            for range in 10.9.0.0/22 fd00:9::/118; do
                on a "$EARSHOT" sweep -r 0 --format json $range 2>/dev/null | tail -1
            done
            """)
        let summaries = records(outcome.output)
        #expect(summaries.count == 2, "\(outcome.errors)")
        for summary in summaries {
            #expect(summary["targets"] as? Int == 1024 && summary["alive"] as? Int == 1024, "\(outcome.output)")
            #expect(summary["transmitted"] as? Int == 1024 && summary["duplicates"] as? Int == 0)
        }
    }

    @Test(.privileged) func pingsLinesAndSignals() throws {
        let outcome = try inNetwork(
            """
            on a "$EARSHOT" ping -c 2 -i 0.1 10.0.3.2 fd00:3::2; echo "status $?"
            on a "$EARSHOT" ping -i 0.05 10.0.3.2 >out 2>err & pid=$!
            sleep 0.5; child=$(pgrep -P $pid earshot || echo $pid)
            # A shell's background job ignores SIGQUIT until it asks for it: again, until it answers.
            for attempt in $(seq 50); do kill -QUIT $child; sleep 0.2; [ -s err ] && break; done
            kill -INT $child; wait $pid; echo "status $?"
            # An echo that is under way when the signal comes counts as lost so far.
            grep -qE '^[0-9]+/[0-9]+ packets, [0-9]+% loss, min/avg/ewma/max = ' err && echo 1; grep -c '0% packet loss' out; rm out err
            on a "$EARSHOT" ping -q -i 0.1 -w 0.55 10.0.3.2 | grep -oE '^[0-9]+ packets transmitted, [0-9]+ received'
            """)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.contains("PING 10.0.3.2 (10.0.3.2) 56(84) bytes of data."), "\(outcome.output)")
        #expect(lines.contains("PING fd00:3::2(fd00:3::2) 56 data bytes"))
        #expect(lines.contains { $0.hasPrefix("64 bytes from 10.0.3.2: icmp_seq=2 ttl=62 time=") })
        #expect(lines.contains { $0.hasPrefix("64 bytes from fd00:3::2: icmp_seq=2 ttl=62 time=") })
        #expect(lines.filter { $0 == "status 0" }.count == 2, "\(outcome.output) \(outcome.errors)")
        #expect(lines.suffix(3) == ["1", "1", "6 packets transmitted, 6 received"], "\(outcome.output)")
    }

    /// Replies that a raw socket made up: none counts, and the right one still does.
    @Test(.privileged) func hostileReplies() throws {
        let outcome = try Earshot.shell(
            #"""
            cat >$T/hostile.py <<'END'
            import os, socket, struct
            def checksum(data):
                data += b"\0" * (len(data) % 2)
                total = sum(struct.unpack(f"!{len(data) // 2}H", data))
                while total >> 16: total = (total & 0xffff) + (total >> 16)
                return ~total & 0xffff
            def message(kind, code, rest, right=True):
                data = bytes((kind, code, 0, 0)) + rest
                return data[:2] + struct.pack("!H", checksum(data) ^ (0 if right else 1)) + data[4:]
            sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            heard = 0
            while heard < 5:
                packet, (sender, _) = sock.recvfrom(65535)
                if packet[20] != 8: continue
                heard += 1
                ident, data = packet[24:28], packet[28:]
                quoted = packet[:20] + packet[20:28] + os.urandom(40)
                bad = [
                    message(0, 0, ident + data, right=False), message(0, 0, ident), message(0, 0, ident + data[:4]),
                    message(0, 0, ident + bytes(len(data))), message(0, 0, b"\1\2" + ident[2:] + data),
                    message(0, 0, ident[:2] + b"\xff\xff" + data), message(0, 0, ident + os.urandom(1400)),
                    message(0, 1, ident + data), message(3, 1, bytes(4) + os.urandom(60)), message(3, 1, bytes(4)),
                    message(11, 0, bytes(4) + quoted), message(0, 0, b""), b"\0", message(5, 1, bytes(4) + quoted),
                ]
                for text in bad:
                    try: sock.sendto(text, (sender, 0))
                    except OSError: pass
                for _ in range(200): sock.sendto(message(0, 0, os.urandom(4) + data), (sender, 0))
                sock.sendto(message(0, 0, ident + data), (sender, 0))
            END
            ip link set lo up; sysctl -qw net.ipv4.icmp_echo_ignore_all=1
            python3 $T/hostile.py & sleep 0.5
            "$EARSHOT" ping -c 5 -i 0.1 -W 1 --format json 127.0.0.1; echo "status $?"
            """#.inNamespace, environment: ["T": NSTemporaryDirectory()])
        let all = records(outcome.output)
        let summary = try #require(all.last, "\(outcome.errors)")
        #expect(summary["received"] as? Int == 5 && summary["errors"] as? Int == 0, "\(outcome.output)")
        #expect(summary["duplicates"] as? Int == 0 && summary["corrupt"] as? Int == 0, "\(outcome.output)")
        #expect((summary["foreign"] as? Int ?? 0) > 0)
        #expect(all.filter { $0["record"] as? String == "reply" }.count == 5)
        #expect(outcome.output.contains("status 0"))
    }

    /// A host that answers every second request first, and the one before it three times in every other pair: not in the
    /// last, as no program waits for more answers once it has all.
    @Test(.privileged) func reorderedAndRepeatedReplies() throws {
        let outcome = try Earshot.shell(
            #"""
            cat >$T/reorder.py <<'END'
            import socket, struct
            def reply(packet):
                data = b"\0\0\0\0" + packet[24:]
                total = sum(struct.unpack(f"!{len(data) // 2}H", data))
                while total >> 16: total = (total & 0xffff) + (total >> 16)
                return data[:2] + struct.pack("!H", ~total & 0xffff) + data[4:]
            sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            requests = []
            while len(requests) < 20:
                packet, (sender, _) = sock.recvfrom(65535)
                if packet[20] != 8: continue
                requests.append(packet)
                if len(requests) % 2: continue
                for request, times in ((requests[-1], 1), (requests[-2], 3 if len(requests) % 4 == 2 else 1)):
                    for _ in range(times): sock.sendto(reply(request), (sender, 0))
            END
            ip link set lo up; sysctl -qw net.ipv4.icmp_echo_ignore_all=1
            python3 $T/reorder.py & sleep 0.5
            "$EARSHOT" ping -c 20 -i 0.01 -W 2 --format json 127.0.0.1; echo "status $?"
            """#.inNamespace, environment: ["T": NSTemporaryDirectory()])
        let all = records(outcome.output)
        let summary = try #require(all.last, "\(outcome.errors)")
        #expect(summary["received"] as? Int == 20 && summary["reordered"] as? Int == 10, "\(outcome.output)")
        #expect(summary["duplicates"] as? Int == 10 && summary["loss_percent"] as? Double == 0, "\(outcome.output)")
        let numbers = all.filter { $0["duplicate"] as? Bool == false }.compactMap { $0["sequence_number"] as? Int }
        #expect(numbers == stride(from: 2, through: 20, by: 2).flatMap { [$0, $0 - 1] }, "\(outcome.output)")
        #expect(outcome.output.contains("status 0"))
    }

    @Test(.privileged) func framesAreShown() throws {
        let outcome = try Earshot.shell(
            "ip link set lo up; \"$EARSHOT\" ping -c 1 --show 127.0.0.1; \"$EARSHOT\" ping -c 1 --show ::1".inNamespace)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        let request = try #require(lines.firstIndex { $0.contains("ICMP echo request") }, "\(outcome.output)")
        let answer = try #require(lines.firstIndex { $0.contains("ICMP echo reply") })
        let line = try #require(lines.firstIndex { $0.contains("64 bytes from 127.0.0.1") })
        #expect(request < answer && answer < line)
        #expect(lines[answer...].contains { $0.contains("icmp: type 8 (echo request) -> 0 (echo reply), checksum 0x") })
        #expect(outcome.output.contains("ICMP6, echo reply"))
    }

    @Test(.privileged) func framesOfTraceAndSweepAreShown() throws {
        let outcome = try inNetwork(
            """
            on a "$EARSHOT" trace --show -q 1 10.0.3.2; echo; on a "$EARSHOT" trace --show --udp -q 1 fd00:3::2; echo
            on a "$EARSHOT" sweep --show -q 10.0.3.1-2; echo; on a "$EARSHOT" trace --show --mtu -q 1 10.0.3.2
            """)
        let parts = outcome.output.components(separatedBy: "\n\n")
        try #require(parts.count == 4, "\(outcome.output) \(outcome.errors)")
        func frames(_ part: Int, _ text: String) -> Int {
            parts[part].split(separator: "\n").filter { $0.hasPrefix("  | ") && $0.contains(text) }.count
        }
        #expect(frames(0, "ICMP time exceeded in-transit") == 2 && frames(0, "ICMP echo reply") >= 1, "\(parts[0])")
        #expect(frames(0, "10.0.1.1 > 10.0.3.2: ICMP echo request") >= 3, "\(parts[0])")
        #expect(frames(1, "UDP") >= 3 && frames(1, "ICMP6, time exceeded") == 2, "\(parts[1])")
        #expect(frames(2, "ICMP echo request") == 2 && frames(2, "ICMP echo reply") == 2, "\(parts[2])")
        #expect(parts[2].contains("10.0.3.1 is alive") && parts[2].contains("10.0.3.2 is alive"))
        #expect(frames(3, "length 1480") == 2, "\(parts[3])")
    }

    /// Every line of every command is an object that jq(1), too, would take.
    @Test(.privileged) func everyLineIsJSON() throws {
        let outcome = try inNetwork(
            """
            ip -n ${p}r2 route add prohibit 10.0.3.9
            for line in "ping -c 2 -i 0.1 10.0.3.2 fd00:3::2" "ping -c 1 -W 0.3 10.0.3.9" "ping -f -c 20 10.0.3.2" \\
                "ping -q -c 1 10.0.3.2" "ping -c 1 -s 1473 -M do 10.0.3.2" "trace 10.0.3.2" "trace --mtu fd00:3::2" \\
                "trace --udp 10.0.3.2" "trace -q 1 -W 0.3 10.0.3.9" "trace --live -c 2 10.0.3.2" \\
                "sweep -W 0.3 10.0.3.0/30" "sweep -a fd00:3::1-fd00:3::2"; do
                echo "# $line"; on a "$EARSHOT" $line --format json 2>/dev/null
            done
            """)
        let parts = outcome.output.components(separatedBy: "# ").dropFirst()
        #expect(parts.count == 12, "\(outcome.errors)")
        for part in parts {
            let lines = part.split(separator: "\n").dropFirst()
            let objects = records(lines.joined(separator: "\n"))
            #expect(objects.count == lines.count && !objects.isEmpty, "\(part)")
            #expect(objects.allSatisfy { $0["record"] is String }, "\(part)")
            #expect(objects.last?["record"] as? String == "summary", "\(part)")
        }
    }

    struct Refusal: CustomTestStringConvertible {
        let arguments: String
        let says: String
        var testDescription: String { arguments }
    }

    @Test(arguments: [
        Refusal(arguments: "ping -c 0 127.0.0.1", says: "-c 0: at least 1"),
        Refusal(arguments: "ping -c -1 127.0.0.1", says: "-c"),
        Refusal(arguments: "ping -s 65508 127.0.0.1", says: "-s 65508"),
        Refusal(arguments: "ping -i=-1 127.0.0.1", says: "-i"),
        Refusal(arguments: "ping -W 0 127.0.0.1", says: "-W 0"),
        Refusal(arguments: "ping -p xyz 127.0.0.1", says: "-p xyz"),
        Refusal(arguments: "ping -Q 256 127.0.0.1", says: "-Q 256"),
        Refusal(arguments: "ping -t 0 127.0.0.1", says: "-t 0"),
        Refusal(arguments: "ping -M never 127.0.0.1", says: "never"),
        Refusal(arguments: "ping -4 -6 127.0.0.1", says: "-4 and -6"),
        Refusal(arguments: "ping", says: "HOST"),
        Refusal(arguments: "ping host.invalid", says: "host.invalid"),
        Refusal(arguments: "ping -I nosuch0 127.0.0.1", says: "nosuch0"),
        Refusal(arguments: "trace -m 256 127.0.0.1", says: "-m 256"),
        Refusal(arguments: "trace -q 0 127.0.0.1", says: "-q 0"),
        Refusal(arguments: "trace host.invalid", says: "host.invalid"),
        Refusal(arguments: "sweep 10.0.0.0/33", says: "longer than the address"),
        Refusal(arguments: "sweep 10.0.0.0/4", says: "more than 1048576"),
        Refusal(arguments: "sweep 10.0.0.9-1", says: "ends before it begins"),
        Refusal(arguments: "sweep --rate 0 127.0.0.1", says: "--rate 0"),
    ])
    func refused(row: Refusal) throws {
        let outcome = try Earshot.run(row.arguments.split(separator: " ").map(String.init))
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains(row.says), "\(outcome.errors)")
        #expect(outcome.output == "")
    }

    @Test(.privileged) func whatStandsInTheWayIsSaid() throws {
        let outcome = try Earshot.shell(
            """
            for host in 192.0.2.1 127.0.0.1; do "$EARSHOT" ping -c 1 -W 1 $host; echo "status $?"; done 2>&1
            ip link set lo up; ip link set lo mtu 1500
            "$EARSHOT" ping -c 1 -s 2000 -M do 127.0.0.1 2>&1; echo "status $?"
            ip link add d0 type veth peer name d1; ip addr add 192.0.2.1/24 dev d0; ip link set d1 up
            for command in ping trace sweep; do
                "$EARSHOT" $command -I d0 192.0.2.9 2>&1; echo "status $?"
            done
            ip link set d0 up; (sleep 0.3; ip link set d0 down) &
            "$EARSHOT" ping -c 4 -i 0.2 -W 0.2 192.0.2.9 2>&1; echo "status $?"
            for command in ping trace sweep; do
                setpriv --reuid 65534 --regid 65534 --clear-groups "$EARSHOT" $command 127.0.0.1 2>&1; echo "status $?"
            done
            echo "0 65534" > /proc/sys/net/ipv4/ping_group_range
            setpriv --reuid 65534 --regid 65534 --clear-groups "$EARSHOT" ping -q -c 1 127.0.0.1 2>&1; echo "status $?"
            """.inNamespace)
        #expect(outcome.output.contains("Network is unreachable"), "\(outcome.output)")
        #expect(outcome.output.contains("Message too long"), "\(outcome.output)")
        #expect(outcome.output.components(separatedBy: "d0: Network is down").count == 4, "\(outcome.output)")
        #expect(outcome.output.contains("icmp_seq=4 local error: Network is unreachable"), "\(outcome.output)")
        #expect(outcome.output.components(separatedBy: "net.ipv4.ping_group_range").count == 4, "\(outcome.output)")
        #expect(outcome.output.contains("1 packets transmitted, 1 received"), "\(outcome.output)")
        #expect(outcome.output.split(separator: "\n").filter { $0.hasPrefix("status") }.last == "status 0")
    }
}
