import CLinux
import Glibc

/// Rights that a process no longer needs.
public enum Rights {
    /// Refuses to run with rights that the file gives to whoever starts it (set-user-ID, set-group-ID; execve(2)): they are
    /// more than capturing needs, and reach whatever runs in the process.
    public static func refuseBorrowed() throws(HostError) {
        guard getuid() != geteuid() || getgid() != getegid() else { return }
        throw HostError(
            "running with the rights of user \(geteuid()) and group \(getegid()) for user \(getuid())", errno: EPERM,
            remedy: "chmod u-s,g-s the program and setcap cap_net_raw+ep it: capturing needs no more")
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
