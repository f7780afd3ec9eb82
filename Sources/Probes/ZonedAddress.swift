// Addresses that mean nothing without their zone: RFC 4007 section 11.

import Glibc
import PacketDecoding

extension IPAddress {
    /// Whether the same address may be another host's on every link: fe80::/10, and groups of link or interface
    /// (RFC 4291 sections 2.5.6 and 2.7).
    var needsZone: Bool {
        guard case .v6(let address) = self else { return false }
        let isGroup = address.high >> 56 == 0xff
        return address.high >> 54 == 0xfe80 >> 6 || isGroup && [1, 2].contains(address.high >> 48 & 15)
    }
}

extension TextSink where Self: ~Copyable {
    /// An address with its zone: `fe80::1%eth0`.
    ///
    /// - Parameter zone: the kernel's index of the interface; 0 where it did not say.
    mutating func address(_ address: IPAddress, zone: UInt32) {
        self.address(address)
        guard zone != 0, address.needsZone else { return }
        write("%")
        if let name = interfaceName(zone) { text(name) } else { decimal(zone) }
    }

    mutating func jsonAddress(_ address: IPAddress, zone: UInt32) {
        guard zone != 0, address.needsZone else { return jsonAddress(address) }
        write("\"")
        self.address(address)
        write("%")
        if let name = interfaceName(zone) { jsonText(name) } else { decimal(zone) }
        write("\"")
    }
}

/// The kernel's index of an interface by its name, or by that number; nil where it has none.
func interfaceIndex(_ zone: String) -> UInt32? {
    let index = unsafe if_nametoindex(zone)
    return index != 0 ? index : UInt32(zone).flatMap { $0 > 0 ? $0 : nil }
}

/// Interfaces by their index, as they were when somebody first asked.
private let interfaceNames: [UInt32: String] = {
    var names: [UInt32: String] = [:]
    guard let list = unsafe if_nameindex() else { return names }
    defer { unsafe if_freenameindex(list) }
    var entry = unsafe list
    while unsafe entry.pointee.if_index != 0, let name = unsafe entry.pointee.if_name {
        unsafe names[entry.pointee.if_index] = String(cString: name)
        unsafe entry += 1
    }
    return names
}()

/// Asks the kernel for the names of interfaces, for when that cannot be done any more. The zones of addresses are written
/// with them.
public func rememberInterfaceNames() { _ = interfaceNames }

/// Nil where there is none.
private func interfaceName(_ index: UInt32) -> String? { interfaceNames[index] }
