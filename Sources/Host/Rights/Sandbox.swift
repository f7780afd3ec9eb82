import CLinux
import Glibc

/// Gives up all that a process whose files and sockets are open needs no more, before it looks at bytes that others
/// wrote: root, capabilities, files, system calls. What remains is to compute, to read and to write what is open.
public struct Sandbox: Sendable {
    /// Whom to become.
    public enum Identity: Hashable, Sendable {
        /// Where this process is root's: on whose behalf it works, else nobody.
        case leastPrivileged
        case user(UserIdentity)
        /// This process's own: a child that stays root's could not be sent signals by anybody else.
        case unchanged
    }

    public var identity = Identity.leastPrivileged
    /// Descriptors of packet sockets: nothing can be sent through them, and they cannot be duplicated.
    public var packetSockets: [Int32] = []
    /// Children that can be sent signals.
    public var children: [Int32] = []
    /// Descriptors of sockets that it goes on sending through, such as a probe's; through no other.
    public var sendingSockets: [Int32] = []
    /// Whether it goes on accepting connections, and talking over all the sockets that it has or accepts. None are packet
    /// sockets then.
    public var converses = false

    public init() {}

    /// Gives it up, for good; threads that are started later have it no more. Must come before the first thread:
    /// capabilities and Landlock are per thread.
    ///
    /// - Returns: what this system does not grant; the rest is in force.
    /// - Throws: where this process cannot become the user it was told, has threads, or cannot give up capabilities.
    public func enter() throws(HostError) -> [HostError] {
        try enter(landlock: Landlock(allowsSignals: !children.isEmpty)) {
            SeccompFilter(
                packetSockets: packetSockets, children: children, process: getpid(), sendingSockets: sendingSockets,
                converses: converses)
        }
    }

    /// - Parameter capabilities: what is kept, a bit for each.
    func enter(
        capabilities: UInt64 = 0, landlock: Landlock, filter: () -> SeccompFilter
    ) throws(HostError) -> [HostError] {
        guard Namespaces.isSingleThreaded else {
            throw HostError("giving up rights in a process with threads", errno: EINVAL)
        }
        var gaps: [HostError] = []
        if let gap = try changeIdentity(keepsCapabilities: capabilities != 0) { gaps.append(gap) }
        try Rights.keep(capabilities: capabilities)
        do { try Rights.refuseMore() } catch { gaps.append(error) }
        let code = earshot_forbid_inspection()
        if code != 0 { gaps.append(HostError("refusing to be inspected", errno: code)) }
        do { try landlock.enforce() } catch { gaps.append(error) }
        do { try filter().install() } catch { gaps.append(error) }
        return gaps
    }

    /// - Returns: why this process keeps its user, where none was asked for by name. In a user namespace of its own it
    ///   can become nobody else, and is nobody's root either.
    private func changeIdentity(keepsCapabilities: Bool) throws(HostError) -> HostError? {
        switch identity {
        case .unchanged: return nil
        case .leastPrivileged:
            guard geteuid() == 0 else { return nil }
            let target = UserIdentity.caller ?? .nobody
            let code = earshot_become(target.user, target.group, keepsCapabilities ? 1 : 0)
            return code == 0 ? nil : HostError("becoming user \(target.user)", errno: code)
        case .user(let wanted):
            let code = earshot_become(wanted.user, wanted.group, keepsCapabilities ? 1 : 0)
            if code == 0 || (geteuid() == wanted.user && getuid() == wanted.user) { return nil }
            throw HostError("becoming user \(wanted.user)", errno: code, remedy: "only root can become another user")
        }
    }
}
