import CLinux
import Glibc
import PacketDecoding

/// What the kernel says of an interface that has changed, come or gone (rtnetlink(7)).
struct LinkChange: Hashable {
    let index: Int32
    let isGone: Bool
    let isUp: Bool
    /// An ARPHRD_ number.
    let hardwareType: UInt16
    var name: String?
    var alternativeNames: [String] = []
    var mtu: Int?
}

/// The kernel's news of network interfaces.
struct LinkMonitor: ~Copyable {
    /// Readable when there is news; -1 where the kernel has none to give.
    let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 32_768)

    init() {
        let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_NETLINK, type, NETLINK_ROUTE)
        var address = sockaddr_nl()
        address.nl_family = UInt16(AF_NETLINK)
        address.nl_groups = UInt32(RTMGRP_LINK)
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe Glibc.bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_nl>.size))
            }
        }
        if result != 0, descriptor >= 0 { close(descriptor) }
        self.descriptor = result == 0 ? descriptor : -1
    }

    var isAvailable: Bool { descriptor >= 0 }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// What has changed since the last call; does not wait.
    mutating func take() -> [LinkChange] {
        var changes: [LinkChange] = []
        while isAvailable {
            var sender = sockaddr_nl()
            var size = socklen_t(MemoryLayout<sockaddr_nl>.size)
            let count = unsafe withUnsafeMutablePointer(to: &sender) { sender in
                unsafe sender.withMemoryRebound(to: sockaddr.self, capacity: 1) { sender in
                    unsafe recvfrom(descriptor, &buffer, buffer.count, 0, sender, &size)
                }
            }
            if count < 0, errno == EINTR || errno == ENOBUFS { continue }
            guard count > 0 else { return changes }
            // Other processes may speak to the group too; only the kernel is believed.
            if sender.nl_pid == 0 { Self.read(unsafe buffer.span.bytes.extracting(first: count), into: &changes) }
        }
        return changes
    }

    /// Reads messages: each a header of 16 bytes (length, type, …), then for a link 16 bytes (family, type, index,
    /// flags, …) and attributes. Everything is aligned to 4 bytes.
    ///
    /// - Returns: whether these are the last messages of an answer, or the kernel refuses one.
    @discardableResult
    static func read(_ bytes: RawSpan, into changes: inout [LinkChange]) -> Bool {
        var rest = bytes
        while rest.byteCount >= 16 {
            let length = Int(rest.number(UInt32.self, at: 0, isSwapped: false))
            guard 16...rest.byteCount ~= length else { return true }
            let type = Int32(rest.number(UInt16.self, at: 4, isSwapped: false))
            if type == NLMSG_DONE || type == NLMSG_ERROR { return true }
            if type == RTM_NEWLINK || type == RTM_DELLINK, length >= 32 {
                let message = rest.extracting(16..<length)
                // Bridges tell of their ports in the same way: a port leaving one is not gone.
                if message.byte(at: 0) == UInt8(AF_UNSPEC) {
                    changes.append(change(message, isGone: type == RTM_DELLINK))
                }
            }
            rest = rest.extracting(droppingFirst: min((length + 3) & ~3, rest.byteCount))
        }
        return false
    }

    private static func change(_ message: RawSpan, isGone: Bool) -> LinkChange {
        var change = LinkChange(
            index: message.number(Int32.self, at: 4, isSwapped: false), isGone: isGone,
            isUp: message.number(UInt32.self, at: 8, isSwapped: false) & UInt32(IFF_UP) != 0,
            hardwareType: message.number(UInt16.self, at: 2, isSwapped: false))
        attributes(message.extracting(droppingFirst: 16)) { type, value in
            switch type {
            case Int(EARSHOT_IFLA_IFNAME): change.name = text(value)
            case Int(EARSHOT_IFLA_MTU) where value.byteCount >= 4:
                change.mtu = Int(value.number(UInt32.self, at: 0, isSwapped: false))
            case Int(EARSHOT_IFLA_PROP_LIST):
                attributes(value) { type, value in
                    if type == Int(EARSHOT_IFLA_ALT_IFNAME) { change.alternativeNames.append(text(value)) }
                }
            default: break
            }
        }
        return change
    }

    private static func attributes(_ bytes: RawSpan, _ body: (Int, RawSpan) -> Void) {
        var rest = bytes
        while rest.byteCount >= 4 {
            let length = Int(rest.number(UInt16.self, at: 0, isSwapped: false))
            guard 4...rest.byteCount ~= length else { return }
            // The two highest bits say how the value is laid out.
            body(Int(rest.number(UInt16.self, at: 2, isSwapped: false)) & 0x3fff, rest.extracting(4..<length))
            rest = rest.extracting(droppingFirst: min((length + 3) & ~3, rest.byteCount))
        }
    }

    private static func text(_ value: RawSpan) -> String {
        unsafe value.upToZero.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
