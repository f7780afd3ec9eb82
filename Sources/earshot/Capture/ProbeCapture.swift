import Conversations
import Host
import PacketCapture
import PacketDecoding
import Rendering
import Sockets

/// The frames that probes cause, captured on the wire and printed between a command's own lines (`--show`).
struct ProbeCapture: ~Copyable {
    private var capture: LiveCapture?
    private var decoder = PacketDecoder()
    private var line: SummaryLine
    private var localTime = LocalTime()
    private var changes = FieldChanges()

    var isOn: Bool { capture != nil }
    /// Of its packet sockets.
    private(set) var descriptors: [Int32] = []

    /// - Parameters:
    ///   - isOn: nothing is captured otherwise.
    ///   - interfaces: where the frames pass; several are captured as `any`.
    init(_ isOn: Bool, _ interfaces: Set<String>, _ filter: String) throws(Failure) {
        line = SummaryLine()
        guard isOn else { return }
        var options = LiveCaptureOptions()
        options.filter = filter
        options.ringSize = 4 << 20
        options.isPromiscuous = false
        do {
            let opened = try LiveCapture(
                interface: interfaces.count == 1 ? interfaces.first ?? "any" : "any", options: options)
            descriptors = opened.socketDescriptors
            capture = consume opened
        } catch {
            throw Failure(probe: "\(error)")
        }
    }

    /// Where packets to a host pass: what the kernel's routing says.
    static func interface(_ route: ProbeRoute, to peer: ProbePeer, chosen: String?) -> String {
        let interfaces = (try? NetworkInterface.all()) ?? []
        let isOwn = interfaces.contains { $0.addresses.contains(peer.address) }
        if isOwn || route.source == peer.address { return "lo" }
        if let chosen { return chosen }
        return interfaces.first { $0.addresses.contains(route.source) }?.name ?? "any"
    }

    /// Echo messages with these identifiers, their fragments, and errors that quote them.
    static func echoFilter(_ v4: UInt16?, _ v6: UInt16?) -> String {
        var parts: [String] = []
        if let v4 {
            parts.append("(ip proto 1 and (icmp[4:2] = \(v4) or icmp[32:2] = \(v4) or ip[6:2] & 0x1fff != 0))")
        }
        if let v6 {
            parts.append("(ip6 and (ip6[6] = 58 and (ip6[44:2] = \(v6) or ip6[92:2] = \(v6)) or ip6[6] = 44))")
        }
        return parts.joined(separator: " or ")
    }

    /// UDP probes from this port, and errors that quote them.
    static func datagramFilter(_ port: UInt16, isIPv6: Bool) -> String {
        isIPv6
            ? "ip6 and (udp src port \(port) or (ip6[6] = 58 and ip6[88:2] = \(port)))"
            : "ip and (udp src port \(port) or (ip proto 1 and icmp[28:2] = \(port)))"
    }

    /// Prints the frames that are there.
    mutating func drain(_ output: inout Output) { print(waitingAtMost: 0, &output) }

    /// Prints the frames that led to what just happened: waits until none has come for longer than the ring holds them
    /// back.
    mutating func catchUp(_ output: inout Output) {
        // A stop does not wait for the frames of every answer.
        print(waitingAtMost: StopSignals.stopRequested ? 0 : 25, &output)
    }

    private mutating func print(waitingAtMost milliseconds: Int, _ output: inout Output) {
        while let frame = try? capture?.next(waitingAtMost: milliseconds) {
            let packet = decoder.decode(frame)
            let offset = frame.header.timestamp.map { localTime.offsetFromUTC(at: $0.seconds) } ?? 0
            output.buffer.write("  | ")
            line.write(packet, context: SummaryContext(), utcOffset: offset, to: &output.buffer)
            changes.write(packet, to: &output.buffer)
        }
    }
}
