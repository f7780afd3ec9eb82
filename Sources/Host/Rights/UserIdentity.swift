import Glibc

/// A user and the group it works in (credentials(7)).
public struct UserIdentity: Hashable, Sendable {
    public let user: UInt32
    public let group: UInt32

    public init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    /// Who owns nothing: the number that Linux shows for users it does not know.
    public static let nobody = UserIdentity(user: 65534, group: 65534)

    /// The user called `name`, or with that number.
    public init(named name: String) throws(HostError) {
        errno = 0
        let number = UInt32(name)
        let entry = if let number { unsafe getpwuid(number) } else { unsafe getpwnam(name) }
        guard let entry = unsafe entry else {
            // Not found is told in many ways, but seldom by 0 (getpwnam(3)).
            throw HostError("looking for user \(name)", errno: ENOENT, remedy: "name one that getent passwd lists")
        }
        user = unsafe entry.pointee.pw_uid
        group = unsafe entry.pointee.pw_gid
    }

    /// On whose behalf a process of root's works: whoever called sudo(8), or a set-user-ID program. Nil where that is
    /// nobody but root, or where this is no process of root's.
    public static var caller: UserIdentity? {
        caller(
            effective: geteuid(), real: UserIdentity(user: getuid(), group: getgid()), environment: Environment.value)
    }

    static func caller(
        effective: UInt32, real: UserIdentity, environment: (String) -> String?
    ) -> UserIdentity? {
        guard effective == 0 else { return nil }
        // A set-user-ID program's environment is its caller's to write.
        if real.user != 0 { return real }
        guard let user = environment("SUDO_UID").flatMap({ UInt32($0) }), user != 0, user != .max,
            let group = environment("SUDO_GID").flatMap({ UInt32($0) }), group != .max
        else { return nil }
        return UserIdentity(user: user, group: group)
    }
}
