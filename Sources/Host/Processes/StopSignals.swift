import CLinux
import Glibc

/// The signals that end the program or ask it something (signal(7)), as flags and descriptors to poll.
public enum StopSignals {
    public struct UserSignals: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// SIGUSR1.
        public static let first = UserSignals(rawValue: EARSHOT_SIGNAL_USER1)
        /// SIGUSR2.
        public static let second = UserSignals(rawValue: EARSHOT_SIGNAL_USER2)
        /// SIGQUIT, after ``catchQuit()``.
        public static let quit = UserSignals(rawValue: EARSHOT_SIGNAL_QUIT)
    }

    /// Catches SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 and ignores SIGPIPE and SIGXFSZ, for the life of the
    /// process.
    /// SIGHUP stays ignored where it was, as under nohup(1). Calls that wait end with EINTR at a signal.
    public static func install() throws(HostError) {
        let code = earshot_signals_install()
        guard code == 0 else { throw HostError("catching signals", errno: code) }
        ignoreOutputSignals()
    }

    /// Makes SIGQUIT a user signal, as ping(8) has it; after ``install()``.
    public static func catchQuit() throws(HostError) {
        let code = earshot_signals_catch_quit()
        guard code == 0 else { throw HostError("catching SIGQUIT", errno: code) }
    }

    /// Has writes to a closed pipe or socket fail with EPIPE instead of ending the program, and those to a file that
    /// may not grow with EFBIG.
    public static func ignoreOutputSignals() {
        earshot_signals_ignore_output()
    }

    /// Runs what may wait for something that no descriptor wakes, such as a name's address: a stop signal then ends the
    /// program at once, as it does without ``install()``.
    public static func endingAtOnce<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        earshot_signals_end_at_once(1)
        defer { earshot_signals_end_at_once(0) }
        return try body()
    }

    /// Becomes and stays readable once SIGINT, SIGTERM or SIGHUP came; never read from it. -1 before ``install()``.
    public static var descriptor: Int32 { earshot_signals_stop_descriptor() }

    /// Whether SIGINT, SIGTERM or SIGHUP came.
    public static var stopRequested: Bool { earshot_signals_stop_requested() != 0 }

    /// Waits so long, or until the program is to stop: then true.
    static func waits(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        unsafe poll(&entry, 1, milliseconds)
        return stopRequested
    }

    /// Readable while user signals wait to be taken. -1 before ``install()``.
    public static var userSignalDescriptor: Int32 { earshot_signals_user_descriptor() }

    /// The user signals that came since the last call.
    public static func takeUserSignals() -> UserSignals {
        UserSignals(rawValue: earshot_signals_take_user())
    }
}
