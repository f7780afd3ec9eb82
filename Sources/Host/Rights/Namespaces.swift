import CLinux
import Glibc

/// Linux namespaces (namespaces(7)).
public enum Namespaces {
    /// Moves this process into a new network namespace that holds nothing but `lo`, which is brought up. Where that
    /// needs it, also into a user namespace in which it is root with all capabilities (user_namespaces(7)).
    ///
    /// Must come before the first thread: namespaces are per thread. After an error the process may be in the new
    /// namespaces already, and should end.
    public static func enterOwnNetwork() throws(HostError) {
        guard isSingleThreaded else {
            throw HostError("entering a network namespace from a process with threads", errno: EINVAL)
        }
        // With CAP_SYS_ADMIN the user can stay, and keeps the other user ids.
        let user = geteuid()
        let group = getegid()
        var code = earshot_unshare_network(0)
        let needsUser = code == EPERM
        if needsUser { code = earshot_unshare_network(1) }
        guard code == 0 else { throw refusal(of: "entering a network namespace", errno: code, to: user) }
        if needsUser {
            // Root of the user namespace; `setgroups` must be denied before (user_namespaces(7)).
            try write("deny", to: "/proc/self/setgroups", for: user)
            try write("0 \(user) 1", to: "/proc/self/uid_map", for: user)
            try write("0 \(group) 1", to: "/proc/self/gid_map", for: user)
        }
        code = earshot_raise_loopback()
        guard code == 0 else { throw refusal(of: "bringing lo up in a new network namespace", errno: code, to: user) }
    }

    /// Moves this process into a network namespace that is there. Must come before the first thread.
    ///
    /// - Parameter name: a process's id, or a name that ip-netns(8) lists.
    public static func enterNetwork(of name: String) throws(HostError) {
        let operation = "entering the network namespace \(name)"
        guard isSingleThreaded else { throw HostError(operation, errno: EINVAL) }
        let path = Int32(name) == nil ? "/run/netns/\(name)" : "/proc/\(name)/ns/net"
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else { throw HostError(operation, errno: ENOENT) }
        let descriptor = unsafe open(path.systemText, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let remedy =
                errno == ENOENT
                ? "give the name of one that ip netns lists, or the id of a process" : "that takes root"
            throw HostError(operation, errno: errno, remedy: remedy)
        }
        defer { close(descriptor) }
        let code = earshot_join_network(descriptor)
        guard code == 0 else {
            throw HostError(operation, errno: code, remedy: code == EPERM ? "that takes root, or cap_sys_admin" : nil)
        }
    }

    private static func write(_ text: String, to path: String, for user: uid_t) throws(HostError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        let count = descriptor < 0 ? -1 : unsafe Glibc.write(descriptor, text, text.utf8.count)
        let code = errno
        if descriptor >= 0 { close(descriptor) }
        guard count == text.utf8.count else { throw refusal(of: "writing \(path)", errno: code, to: user) }
    }

    /// Whether this process has one thread: the links of this directory are one for each, and two (proc(5)). True
    /// where there is no such directory.
    static var isSingleThreaded: Bool {
        var status = stat()
        return unsafe stat("/proc/self/task", &status) != 0 || status.st_nlink == 3
    }

    /// - Parameter user: who asked, before the user namespace changed that.
    private static func refusal(of operation: String, errno code: Int32, to user: uid_t) -> HostError {
        let remedy: String? =
            switch code {
            case EPERM where user == 0: "grant cap_sys_admin, which root in a container may lack"
            case EPERM, EACCES:
                "run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone, "
                    + "kernel.apparmor_restrict_unprivileged_userns)"
            case ENOSPC, EUSERS: "allow more user namespaces (sysctl user.max_user_namespaces)"
            default: nil
            }
        return HostError(operation, errno: code, remedy: remedy)
    }
}
