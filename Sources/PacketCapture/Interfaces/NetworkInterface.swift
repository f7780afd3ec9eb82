import CLinux
import Glibc
public import PacketDecoding

/// A network interface, as it was when asked for.
public struct NetworkInterface: Hashable, Sendable {
    public let name: String
    /// Other names that the kernel knows it by, up to 127 bytes each: systemd gives them to every network card.
    public private(set) var alternativeNames: [String] = []
    /// The kernel's number, from 1.
    public let index: UInt32
    public let isUp: Bool
    /// Whether the link has a carrier.
    public let isRunning: Bool
    public let isLoopback: Bool
    /// Nil where the link has none (tunnels), and all zero on the loopback interface.
    public let hardwareAddress: MACAddress?
    /// IPv4 and IPv6 addresses, in the kernel's order.
    public let addresses: [IPAddress]
    /// The largest packet it carries without its link header, in bytes.
    public let mtu: Int
    /// The kernel's type of link, an ARPHRD_ number (linux/if_arp.h).
    public let hardwareType: UInt16

    /// What frames captured on it begin with; nil when it can only be captured through `any`.
    public var linkType: LinkType? {
        switch hardwareType {
        case HardwareType.ethernet, HardwareType.loopback: .ethernet
        default: hasRawPackets ? .raw : nil
        }
    }

    /// Whether it carries IP packets without a link header, or behind one that only its driver knows.
    var hasRawPackets: Bool { HardwareType.rawPackets.contains(hardwareType) }

    /// All interfaces of this network namespace, by index.
    public static func all() throws(CaptureError) -> [NetworkInterface] {
        var names: [String] = []
        var addresses: [String: [IPAddress]] = [:]
        var list: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&list) == 0 else { throw CaptureError("listing the interfaces", errno: errno) }
        var entry = unsafe list
        while let current = unsafe entry {
            let name = unsafe String(cString: current.pointee.ifa_name)
            if addresses[name] == nil {
                names.append(name)
                addresses[name] = []
            }
            if let address = unsafe IPAddress(current.pointee.ifa_addr) { addresses[name]?.append(address) }
            unsafe entry = current.pointee.ifa_next
        }
        unsafe freeifaddrs(list)
        var interfaces: [NetworkInterface] = []
        let alternatives = LinkNames.alternatives()
        for name in names {
            // One that has gone since is left out.
            if var interface = try? NetworkInterface(name, addresses: addresses[name] ?? []) {
                interface.alternativeNames = alternatives[Int32(bitPattern: interface.index)] ?? []
                interfaces.append(interface)
            }
        }
        return interfaces.sorted { $0.index < $1.index }
    }

    /// The interface called `name`, which may be one of its alternative names.
    ///
    /// - Throws: a failure that names those there are.
    public static func named(_ name: String) throws(CaptureError) -> NetworkInterface {
        let interfaces = try all()
        let found = interfaces.first { $0.name == name } ?? interfaces.first { $0.alternativeNames.contains(name) }
        if let found { return found }
        let names = interfaces.map(\.name).joined(separator: ", ")
        throw CaptureError("looking for interface \(name)", errno: ENODEV, remedy: "there are: \(names), any")
    }

    init(_ name: String, addresses: [IPAddress]) throws(CaptureError) {
        var details = earshot_interface()
        let result = unsafe earshot_interface_query(name, &details)
        guard result == 0 else { throw CaptureError("asking about interface \(name)", errno: result) }
        self.name = name
        self.addresses = addresses
        index = UInt32(bitPattern: details.index)
        mtu = Int(details.mtu)
        hardwareType = details.hardware_type
        let flags = Int(details.flags)
        isUp = flags & IFF_UP != 0
        isRunning = flags & IFF_RUNNING != 0
        isLoopback = flags & IFF_LOOPBACK != 0
        switch hardwareType {
        case HardwareType.ethernet, HardwareType.loopback:
            let b = details.hardware_address
            let high = UInt64(b.0) << 40 | UInt64(b.1) << 32 | UInt64(b.2) << 24
            hardwareAddress = MACAddress(high | UInt64(b.3) << 16 | UInt64(b.4) << 8 | UInt64(b.5))
        default: hardwareAddress = nil
        }
    }
}

/// The types of link that can be captured on their own (ARPHRD_ in linux/if_arp.h).
enum HardwareType {
    static let ethernet: UInt16 = 1
    static let loopback: UInt16 = 772
    /// PPP, raw IP, tunnels of IP in IP, IPv6 in IPv4 and GRE, and none, which is what TUN devices say.
    static let rawPackets: [UInt16] = [512, 519, 768, 769, 776, 778, 823, 0xfffe]
}

extension IPAddress {
    /// The address in a socket address; nil when that is of another family, or null.
    init?(_ address: UnsafeMutablePointer<sockaddr>?) {
        guard let address = unsafe address else { return nil }
        switch unsafe Int32(address.pointee.sa_family) {
        case AF_INET:
            let raw = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr
            self = .v4(IPv4Address(rawValue: UInt32(bigEndian: raw)))
        case AF_INET6:
            let raw = unsafe UnsafeRawPointer(address) + 8
            self = .v6(
                IPv6Address(
                    high: UInt64(bigEndian: unsafe raw.loadUnaligned(as: UInt64.self)),
                    low: UInt64(bigEndian: unsafe raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))))
        default: return nil
        }
    }
}
