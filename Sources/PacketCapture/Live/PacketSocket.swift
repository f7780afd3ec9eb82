import CLinux
import Glibc

/// An AF_PACKET socket (packet(7)), closed with its value.
struct PacketSocket: ~Copyable {
    let descriptor: Int32
    private let name: String

    /// Opens a socket that receives nothing yet.
    init(for link: CaptureLink) throws(CaptureError) {
        let type = link.framing == .link ? SOCK_RAW : SOCK_DGRAM
        // Protocol 0: no frame can arrive before the ring and the filter are in place.
        let descriptor = socket(AF_PACKET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            let reason = errno
            throw Self.refusal("opening a packet socket on \(link.name)", errno: reason)
        }
        self.descriptor = descriptor
        name = link.name
    }

    deinit {
        close(descriptor)
    }

    /// Leaves out what this host sends, where the kernel can (Linux 4.20).
    func ignoreOutgoing() {
        // Older kernels: the filter rejects the same frames, later.
        try? set(PACKET_IGNORE_OUTGOING, Int32(1), "")
    }

    /// Lets the filter be changed no more, by nobody (SO_LOCK_FILTER, socket(7)).
    static func lockFilter(of descriptor: Int32) {
        // Linux before 3.9 has no such lock.
        var value: Int32 = 1
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LOCK_FILTER, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Lets frames in that are for other hosts, as long as the socket is open.
    func becomePromiscuous(on index: Int32) throws(CaptureError) {
        var request = packet_mreq()
        request.mr_ifindex = index
        request.mr_type = UInt16(PACKET_MR_PROMISC)
        try set(PACKET_ADD_MEMBERSHIP, request, "setting promiscuous mode on \(name)")
    }

    /// Lets frames in.
    ///
    /// - Parameter index: the interface; 0 is every interface.
    func bind(to index: Int32) throws(CaptureError) {
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(ETH_P_ALL).bigEndian
        address.sll_ifindex = index
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe Glibc.bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_ll>.size))
            }
        }
        guard result == 0 else { throw CaptureError("binding a packet socket to \(name)", errno: errno) }
        // Binding to an interface that is down succeeds, and says so only here.
        if let error = takeError() { throw error }
    }

    /// The error that a poll with POLLERR announced, which reading takes away; nil when there is none.
    func takeError() -> CaptureError? {
        var reason: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &reason, &size) == 0, reason != 0 else { return nil }
        let operation = "capturing on \(name)"
        guard reason == ENETDOWN else { return CaptureError(operation, errno: reason) }
        if unsafe earshot_interface_index(descriptor, name) != 0 { return CaptureError.down(operation, name) }
        return CaptureError(.failure, operation, reason: "the interface is gone", errorNumber: reason)
    }

    /// What the kernel counted since the last call (PACKET_STATISTICS): frames that passed the filter, and those of
    /// them that found no room in the ring.
    func takeStatistics() throws(CaptureError) -> (passed: Int, dropped: Int) {
        var statistics = tpacket_stats_v3()
        var size = socklen_t(MemoryLayout<tpacket_stats_v3>.size)
        guard unsafe getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0 else {
            throw CaptureError("asking for the counters of \(name)", errno: errno)
        }
        return (Int(statistics.tp_packets), Int(statistics.tp_drops))
    }

    /// Joins the sockets that share the frames of what they are bound to: each frame goes to the one of the processor
    /// that handles it, or where that has no room, to another.
    ///
    /// - Parameter group: the number that the first member was given; nil makes a group.
    /// - Returns: the group's number.
    func joinFanOut(_ group: UInt16?) throws(CaptureError) -> UInt16 {
        let operation = "sharing the packets of \(name)"
        var kind = PACKET_FANOUT_CPU | PACKET_FANOUT_FLAG_ROLLOVER
        if group == nil { kind |= PACKET_FANOUT_FLAG_UNIQUEID }
        // The low half is the group, the high half its kind.
        try set(PACKET_FANOUT, UInt32(group ?? 0) | UInt32(kind) << 16, operation)
        if let group { return group }
        var made: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &made, &size) == 0 else {
            throw CaptureError(operation, errno: errno)
        }
        return UInt16(truncatingIfNeeded: made)
    }

    private func set<Value: BitwiseCopyable>(
        _ option: Int32, _ value: Value, _ operation: String
    ) throws(CaptureError) {
        var value = value
        let size = socklen_t(MemoryLayout<Value>.size)
        guard unsafe setsockopt(descriptor, SOL_PACKET, option, &value, size) == 0 else {
            throw CaptureError(operation, errno: errno)
        }
    }

}

extension PacketSocket {
    /// Why this process cannot open a packet socket; nil when it can. Tries it.
    static var permissionError: CaptureError? {
        let descriptor = socket(AF_PACKET, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor < 0 else {
            close(descriptor)
            return nil
        }
        return refusal("opening a packet socket", errno: errno)
    }

    /// - Parameter operation: opening a packet socket.
    private static func refusal(_ operation: String, errno: Int32) -> CaptureError {
        guard errno == EPERM || errno == EACCES else { return CaptureError(operation, errno: errno) }
        guard geteuid() != 0 else {
            return CaptureError(
                operation, errno: errno,
                remedy: "root has no cap_net_raw here: grant it to the container (docker run --cap-add=NET_RAW …)")
        }
        return CaptureError(
            operation, errno: errno,
            remedy:
                "run it with sudo, or once: sudo setcap cap_net_raw+ep \(ownPath) (from then on everybody who may run "
                + "that file can read all packets of this machine)")
    }

    /// Where this program's file is, as a shell takes it.
    private static var ownPath: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = unsafe readlink("/proc/self/exe", &path, path.count - 1)
        let text = length > 0 ? string(of: path) : "PATH"
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: ":"), UInt8(ascii: ","):
                true
            default: false
            }
        }
        return isPlain
            ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
