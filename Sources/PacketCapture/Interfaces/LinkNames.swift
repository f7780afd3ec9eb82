import CLinux
import Glibc
import PacketDecoding

/// The alternative names of interfaces, which only rtnetlink(7) tells.
enum LinkNames {
    /// By the kernel's index; empty where the kernel does not say.
    static func alternatives() -> [Int32: [String]] {
        let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_NETLINK, type, NETLINK_ROUTE)
        guard descriptor >= 0 else { return [:] }
        defer { close(descriptor) }
        guard request(descriptor) else { return [:] }
        var names: [Int32: [String]] = [:]
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var isFinished = false
        while !isFinished {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return names }
            var changes: [LinkChange] = []
            isFinished = LinkMonitor.read(unsafe buffer.span.bytes.extracting(first: count), into: &changes)
            for change in changes where !change.alternativeNames.isEmpty {
                names[change.index] = change.alternativeNames
            }
        }
        return names
    }

    /// Asks for all links: a header (length, type, flags, number, sender) and an empty description.
    private static func request(_ descriptor: Int32) -> Bool {
        var message = [UInt32](repeating: 0, count: 8)
        message[0] = 32
        let flags = UInt32(NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH)
        message[1] = UInt32(littleEndian: (UInt32(RTM_GETLINK) | flags << 16).littleEndian)
        var kernel = sockaddr_nl()
        kernel.nl_family = UInt16(AF_NETLINK)
        let sent = unsafe withUnsafePointer(to: &kernel) { kernel in
            unsafe kernel.withMemoryRebound(to: sockaddr.self, capacity: 1) { kernel in
                unsafe sendto(descriptor, &message, 32, 0, kernel, socklen_t(MemoryLayout<sockaddr_nl>.size))
            }
        }
        return sent == 32
    }
}
