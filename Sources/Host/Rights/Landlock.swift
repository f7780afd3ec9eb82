import CLinux
import Glibc

/// What the kernel's Landlock (landlock(7)) takes from this process: every file that is not open yet, and what else of
/// the outside it knows to close off.
struct Landlock {
    /// The rights on files of each version of the interface, as a count of bits from the lowest (linux/landlock.h).
    /// Versions that are not listed brought none.
    private static let fileRights: [(version: Int32, bits: UInt64)] = [(1, 13), (2, 14), (3, 15), (5, 16)]
    /// Binding and connecting TCP sockets, since version 4.
    private static let networkRights: UInt64 = 0b11
    /// Abstract Unix sockets and, second, signals, since version 6.
    private static let socketScope: UInt64 = 0b01
    private static let signalScope: UInt64 = 0b10
    /// Write, remove and make regular files, and truncate them: bits 1, 5, 8 and 14.
    private static let writingFiles: UInt64 = 1 << 1 | 1 << 5 | 1 << 8 | 1 << 14

    /// A folder, as a descriptor, whose files can still be made, written and removed; nil for none.
    var folder: Int32?
    /// Whether other processes can still be sent signals.
    var allowsSignals = false

    /// Takes it from the calling thread, for good. Asks for ``Sandbox``'s no-new-privileges before.
    ///
    /// - Throws: where the kernel has no Landlock, ENOSYS or EOPNOTSUPP.
    func enforce() throws(HostError) {
        let version = earshot_landlock_version()
        guard version > 0 else { throw Self.error(errno) }
        let bits = Self.fileRights.last { $0.version <= version }?.bits ?? 0
        let files = UInt64(1) << bits &- 1
        let scopes = allowsSignals ? Self.socketScope : Self.socketScope | Self.signalScope
        let attributes = [files, Self.networkRights, scopes]
        let known = version < 4 ? 1 : version < 6 ? 2 : 3
        let ruleset = unsafe earshot_landlock_create(attributes, known * MemoryLayout<UInt64>.size)
        guard ruleset >= 0 else { throw Self.error(-ruleset) }
        defer { close(ruleset) }
        if let folder {
            let code = earshot_landlock_allow(ruleset, folder, Self.writingFiles & files)
            guard code == 0 else { throw Self.error(code) }
        }
        let code = earshot_landlock_enforce(ruleset)
        guard code == 0 else { throw Self.error(code) }
    }

    private static func error(_ code: Int32) -> HostError { HostError("closing off files (Landlock)", errno: code) }
}
