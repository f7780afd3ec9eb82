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
        var code = earshot_unshare_network(0)
        if code == EPERM {
            let user = geteuid()
            let group = getegid()
            code = earshot_unshare_network(1)
            if code == 0 { try mapToRoot(user: user, group: group) }
        }
        guard code == 0 else { throw HostError("entering a network namespace", errno: code, remedy: remedy(for: code)) }
        code = earshot_raise_loopback()
        guard code == 0 else { throw HostError("bringing lo up in a new network namespace", errno: code) }
    }

    /// Makes the user root of the user namespace. `setgroups` must be denied first (user_namespaces(7)).
    private static func mapToRoot(user: uid_t, group: gid_t) throws(HostError) {
        try write("deny", to: "/proc/self/setgroups")
        try write("0 \(user) 1", to: "/proc/self/uid_map")
        try write("0 \(group) 1", to: "/proc/self/gid_map")
    }

    private static func write(_ text: String, to path: String) throws(HostError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw HostError("opening \(path)", errno: errno) }
        defer { close(descriptor) }
        guard unsafe Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw HostError("writing \(path)", errno: errno, remedy: remedy(for: errno))
        }
    }

    /// Whether this process has one thread: the links of this directory are one for each, and two (proc(5)).
    static var isSingleThreaded: Bool {
        var status = stat()
        return unsafe stat("/proc/self/task", &status) == 0 && status.st_nlink == 3
    }

    private static func remedy(for code: Int32) -> String? {
        switch code {
        case EPERM, EACCES:
            "run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone, "
                + "kernel.apparmor_restrict_unprivileged_userns)"
        case ENOSPC, EUSERS: "allow more user namespaces (sysctl user.max_user_namespaces)"
        default: nil
        }
    }
}
