import Foundation

/// Three hops of veth in namespaces of their own.
enum ProbeNetwork {
    /// a - r1 - r2 - b: 10.0.1.0/24, 10.0.2.0/24 and 10.0.3.0/24, fd00:1::/64 to fd00:3::/64 beside them.
    private static let script = """
        p=e$$
        cleanup() { for n in a r1 r2 b; do ip netns del $p$n 2>/dev/null; done; }
        trap cleanup EXIT
        for n in a r1 r2 b; do ip netns add $p$n; ip -n $p$n link set lo up; done
        connect() {
            ip link add v$1$2 netns $p$1 type veth peer name v$2$1 netns $p$2
            ip -n $p$1 addr add 10.0.$3.1/24 dev v$1$2; ip -n $p$2 addr add 10.0.$3.2/24 dev v$2$1
            ip -n $p$1 addr add fd00:$3::1/64 dev v$1$2 nodad; ip -n $p$2 addr add fd00:$3::2/64 dev v$2$1 nodad
            ip -n $p$1 link set v$1$2 up; ip -n $p$2 link set v$2$1 up
        }
        connect a r1 1; connect r1 r2 2; connect r2 b 3
        on() { name=$1; shift; ip netns exec $p$name "$@"; }
        for n in a r1 r2 b; do
            on $n sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 \\
                net.ipv6.icmp.ratelimit=0 2>/dev/null
            on $n sysctl -qw net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=10000 2>/dev/null
        done
        ip -n ${p}a route add default via 10.0.1.2; ip -n ${p}a route add default via fd00:1::2
        ip -n ${p}r1 route add 10.0.3.0/24 via 10.0.2.2; ip -n ${p}r1 route add fd00:3::/64 via fd00:2::2
        ip -n ${p}r2 route add 10.0.1.0/24 via 10.0.2.1; ip -n ${p}r2 route add fd00:1::/64 via fd00:2::1
        ip -n ${p}b route add default via 10.0.3.1; ip -n ${p}b route add default via fd00:3::1
        ready() { for i in $(seq 100); do on a "$EARSHOT" ping -q -c 1 -W 1 $1 >/dev/null && return; done; exit 9; }
        ready 10.0.3.2; ready fd00:3::2

        """

    /// Runs a script that finds `on HOST COMMAND` for the hosts a, r1, r2 and b.
    static func run(_ script: String, deadline: TimeInterval = 60) throws -> Outcome {
        try Earshot.shell(Self.script + script, deadline: deadline)
    }

    /// The JSON objects of an output, a line each.
    static func records(_ output: String) -> [[String: Any]] {
        output.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }
}

extension String {
    /// The script in a network namespace of its own.
    var inNamespace: String {
        "export T=${T:-/tmp}; unshare -n /bin/bash -s <<'NAMESPACE'\n\(self)\nNAMESPACE"
    }
}
