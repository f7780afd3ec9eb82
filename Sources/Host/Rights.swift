import CLinux
import Glibc

/// Rights that a process no longer needs.
public enum Rights {
    /// Gives up every capability (capabilities(7)), and with them what exec could bring back. Root stays root in name
    /// only. Before the first thread: capabilities are per thread.
    public static func drop() throws(HostError) {
        let code = earshot_drop_capabilities()
        guard code == 0 else { throw HostError("dropping capabilities", errno: code) }
    }
}
