import CLinux
import Glibc

/// A program that waits to be started until this one is ready for it, and then does as it would without this one.
///
/// It keeps what this process gives up: the standard input and output, which are its alone from then on, and the identity
/// of whoever called. It is neither killed nor waited for when the value goes: a command that has begun is its caller's.
public struct HeldCommand: ~Copyable {
    private var command = earshot_command()
    private let name: String
    private var exit: ChildExit?

    /// Forks it. Comes before signals are caught, before the first thread, and before anything is opened.
    ///
    /// - Parameters:
    ///   - words: the program, a path or a name to look for in `PATH`, and its arguments; one word at least.
    ///   - caller: whom it runs as; nil for this process's user, where a set-user-ID program's is who started it.
    public init(_ words: [String], caller: UserIdentity? = .caller) throws(HostError) {
        name = words.first ?? ""
        let account = caller.map { UserAccount($0) }
        var environment = Environment.all
        // As sudo(8) sets them for the user it runs a program as.
        for (variable, value) in account?.variables ?? [] {
            environment.removeAll { $0.hasPrefix(variable + "=") }
            environment.append("\(variable)=\(value)")
        }
        let groups = account?.groups ?? []
        let code = unsafe Self.withPointers(words) { arguments in
            unsafe Self.withPointers(environment) { variables in
                unsafe groups.withUnsafeBufferPointer { groups in
                    var identity = unsafe earshot_command_identity(
                        changes: caller == nil ? 0 : 1, user: caller?.user ?? 0, group: caller?.group ?? 0,
                        groups: groups.baseAddress, group_count: groups.count)
                    return unsafe earshot_command_hold(arguments[0], arguments, variables, &identity, &command)
                }
            }
        }
        guard code == 0 else { throw HostError("starting \(name)", errno: code) }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO] {
            let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
            guard null >= 0, dup2(null, descriptor) >= 0 else {
                throw HostError("leaving the standard streams to \(name)", errno: errno)
            }
            close(null)
        }
    }

    deinit {
        if command.gate >= 0 {
            // Never started: the process ends by itself.
            close(command.gate)
            close(command.report)
            if exit == nil { Self.reap(command.process) }
        }
        close(command.descriptor)
    }

    /// Makes signals go on to the program, and its end a stop request: ``StopSignals``. Comes after those are caught, and
    /// before this process gives up what it takes to send them.
    public func relaySignals() throws(HostError) {
        let code = unsafe withUnsafePointer(to: command) { unsafe earshot_command_relay($0) }
        guard code == 0 else { throw HostError("passing on signals to \(name)", errno: code) }
    }

    /// Starts the program.
    ///
    /// - Throws: why it cannot be run; there is none, where that is ENOENT.
    public mutating func start() throws(HostError) {
        let code = unsafe earshot_command_start(&command)
        guard code == 0 else { throw HostError("running \(name)", errno: code) }
    }

    /// Waits for the program's end, however long it takes.
    public mutating func wait() -> ChildExit {
        if let exit { return exit }
        let end = ChildExit(waitStatus: Self.reap(command.process))
        exit = end
        return end
    }

    @discardableResult
    private static func reap(_ process: Int32) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    /// Hands over C strings and a null pointer behind them.
    private static func withPointers<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0.systemText) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            // It holds the null pointer at least, so it has an address.
            unsafe body(buffer.baseAddress.unsafelyUnwrapped)
        }
    }
}

/// What the system knows of a user (getpwuid(3), getgrouplist(3)).
private struct UserAccount {
    /// Numbers of all groups.
    var groups: [gid_t]
    /// Variables of the environment that say who it is.
    var variables: [(name: String, value: String)] = []

    init(_ identity: UserIdentity) {
        groups = [identity.group]
        guard let entry = unsafe getpwuid(identity.user), let name = unsafe entry.pointee.pw_name else { return }
        variables = unsafe [("USER", String(standingFor: name)), ("LOGNAME", String(standingFor: name))]
        if let home = unsafe entry.pointee.pw_dir { variables.append(("HOME", unsafe String(standingFor: home))) }
        var count: Int32 = 1024
        var list = [gid_t](repeating: 0, count: Int(count))
        if unsafe getgrouplist(name, identity.group, &list, &count) >= 0 { groups = Array(list[..<Int(count)]) }
    }
}
