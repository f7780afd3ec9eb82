import CLinux
import Glibc

/// Rights that a process no longer needs.
public enum Rights {
    /// Gives up every capability (capabilities(7)), and with them what exec could bring back. Root stays root in name
    /// only. Before the first thread: capabilities are per thread.
    public static func drop() throws(HostError) {
        try keep(capabilities: 0)
        try refuseMore()
    }

    /// Gives up all capabilities but some.
    ///
    /// - Parameter capabilities: what is kept, a bit for each.
    static func keep(capabilities: UInt64) throws(HostError) {
        let code = earshot_capabilities_keep(capabilities)
        guard code == 0 else { throw HostError("giving up capabilities", errno: code) }
    }

    /// No exec gives this process, or a child of it, a right that it has not.
    static func refuseMore() throws(HostError) {
        let code = earshot_forbid_new_privileges()
        guard code == 0 else { throw HostError("refusing new privileges", errno: code) }
    }
}
