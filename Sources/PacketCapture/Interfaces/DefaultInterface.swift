import Glibc

extension NetworkInterface {
    /// The interface of the default route (IPv4 before IPv6, then the lowest metric), else `lo`.
    public static func nameForCapture() -> String {
        defaultRoute(ipv4: contents(of: "/proc/net/route"), ipv6: contents(of: "/proc/net/ipv6_route")) ?? "lo"
    }

    /// The interface of the best default route in the kernel's two tables (proc_pid_net(5)).
    static func defaultRoute(ipv4: String, ipv6: String) -> String? {
        // Iface Destination Gateway Flags RefCnt Use Metric Mask …; numbers but the metric in hex.
        let fromIPv4 = best(in: ipv4) { fields in
            guard fields.count >= 8, fields[1] == "00000000", fields[7] == "00000000" else { return nil }
            return Route(interface: fields[0], metric: Int(fields[6]), flags: Int(fields[3], radix: 16))
        }
        // Destination, prefix length, source, prefix length, next hop, metric, references, use, flags, interface.
        return fromIPv4
            ?? best(in: ipv6) { fields in
                guard fields.count >= 10, fields[1] == "00", fields[0].allSatisfy({ $0 == "0" }) else { return nil }
                return Route(
                    interface: fields[9], metric: Int(fields[5], radix: 16), flags: Int(fields[8], radix: 16))
            }
    }

    private struct Route {
        let interface: String
        let metric: Int

        /// Nil for a route that leads nowhere (linux/route.h: RTF_UP 0x1, RTF_REJECT 0x200).
        init?(interface: Substring, metric: Int?, flags: Int?) {
            guard let metric, let flags, flags & 0x1 != 0, flags & 0x200 == 0 else { return nil }
            self.interface = String(interface)
            self.metric = metric
        }
    }

    private static func best(in table: String, _ route: ([Substring]) -> Route?) -> String? {
        table.split(separator: "\n")
            .compactMap { route($0.split { $0 == " " || $0 == "\t" }) }
            .min { $0.metric < $1.metric }?.interface
    }

    /// A file of /proc; empty when it cannot be read, as where IPv6 is off.
    private static func contents(of path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        // A router can have a million routes; the default route is among the first.
        while bytes.count < 1 << 20 {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
