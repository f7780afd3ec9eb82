import Foundation

/// Scripts in a network namespace of their own, for captures.
enum Namespace {
    /// Runs a script in a folder of its own, with a loopback of its own.
    ///
    /// - `listening FILE` waits until earshot says in FILE that it hears;
    /// - `veth` makes the pair v0 and v1, both up;
    /// - `send LINK SIZE COUNT` sends UDP frames of SIZE bytes to port 9000, as fast as they go, out of the interface
    ///   LINK, and prints how many;
    /// - `blocks FILE` prints what is in a pcapng: packets, drops as packets tell them, received and dropped as the
    ///   statistics do.
    static func run(_ script: String, deadline: TimeInterval = 60) throws -> Outcome {
        try Earshot.execute(
            ["/usr/bin/unshare", "-nm", "/bin/bash", "-c", prelude + script], in: Earshot.root,
            environment: [
                "EARSHOT": Earshot.binary,
                "PROGRAMS": Earshot.root.appending(path: "Tests/Capture").path(percentEncoded: false),
            ], input: nil, deadline: deadline)
    }

    private static let prelude = """
        ip link set lo up
        folder=$(mktemp -d); trap 'rm -rf $folder' EXIT; cd $folder
        listening() { for i in $(seq 1000); do grep -qs "listening on" "$1" && return; sleep 0.01; done; exit 9; }
        veth() {
            ip link add v0 type veth peer name v1
            for link in v0 v1; do
                echo 1 >/proc/sys/net/ipv6/conf/$link/disable_ipv6 2>/dev/null
                ip link set $link up
            done
        }
        send() { python3 "$PROGRAMS/send.py" "$@"; }
        blocks() { python3 "$PROGRAMS/blocks.py" "$@"; }

        """
}
