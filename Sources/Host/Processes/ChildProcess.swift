import CLinux
import Glibc

/// How a child process ended.
public enum ChildExit: Hashable, Sendable {
    /// With this status, 0 to 255.
    case exited(Int32)
    /// By this signal.
    case signalled(Int32)

    /// - Parameter waitStatus: as waitpid(2) tells it.
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited(waitStatus >> 8 & 0xff) : .signalled(signal)
    }

    /// What a shell makes of it: the status, or 128 and the signal's number.
    public var status: Int32 {
        switch self {
        case .exited(let status): status
        case .signalled(let signal): 128 + signal
        }
    }
}

/// A program that this one has started. It leaves neither zombie nor orphan: going out of scope kills and reaps it,
/// and the kernel sends it SIGTERM should this process end first.
///
/// That last promise (PR_SET_PDEATHSIG, prctl(2)) is why it is forked in C and not spawned with posix_spawn(3), which
/// cannot ask for it. It counts from the end of the thread that started the child: start it on one that lasts.
public struct ChildProcess: ~Copyable {
    /// What one of the child's standard streams is.
    public enum Stream: Hashable, Sendable {
        /// This process's own.
        case inherited
        /// Empty to read, and swallows what is written.
        case null
        /// A pipe to this process, for ``ChildProcess/write(_:)`` and ``ChildProcess/readLine(timeout:)``.
        case pipe
        /// A descriptor of the caller's, which stays open.
        case descriptor(Int32)
    }

    /// What a wait for a line gave.
    public enum Line: Hashable, Sendable {
        /// The line without its end, any bytes. One of more than 64 KiB comes in pieces.
        case line([UInt8])
        /// The child has closed its output and everything was read.
        case ended
        case timedOut
    }

    /// This program's own executable (proc(5)).
    public static let ownExecutable = "/proc/self/exe"

    /// Process id; stays the child's until it has been waited for.
    public let identifier: Int32
    /// Becomes readable when the child has ended (pidfd_open(2)); for polling.
    public let descriptor: Int32

    /// This process's ends of the child's standard input and output; -1 where there is no pipe.
    private var input: Int32 = -1
    private var output: Int32 = -1
    private var unread: [UInt8] = []
    private var exit: ChildExit?

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: a path, or a name to look for in `PATH`.
    ///   - arguments: without the program's own name, which is put before them.
    ///   - error: must not be a pipe, which nothing would read.
    public init(
        _ program: String, arguments: [String] = [], input: Stream = .inherited, output: Stream = .inherited,
        error: Stream = .inherited
    ) throws(HostError) {
        precondition(error != .pipe, "nothing reads a pipe from standard error")
        var opened = Opened()
        let streams = [
            try opened.descriptor(for: input, target: STDIN_FILENO),
            try opened.descriptor(for: output, target: STDOUT_FILENO),
            try opened.descriptor(for: error, target: STDERR_FILENO),
        ]
        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + arguments).map { unsafe strdup($0.systemText) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }

        var descriptor: Int32 = -1
        let result = unsafe earshot_spawn(program.systemText, &words, streams, &descriptor)
        guard result > 0 else { throw HostError("starting \(program)", errno: -result) }
        identifier = result
        self.descriptor = descriptor
        (self.input, self.output) = opened.takeOwnEnds()
    }

    deinit {
        if exit == nil {
            kill(identifier, SIGKILL)
            var status: Int32 = 0
            while unsafe waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        }
        close(descriptor)
        if input >= 0 { close(input) }
        if output >= 0 { close(output) }
    }

    /// For polling what ``readLine(timeout:)`` reads; -1 where the output is no pipe.
    public var outputDescriptor: Int32 { output }

    /// Sends a signal; does nothing once the child was waited for.
    public func send(_ signal: Int32) {
        if exit == nil { kill(identifier, signal) }
    }

    /// Waits for the child's end and reaps it.
    ///
    /// - Parameter timeout: nil waits for ever.
    /// - Returns: nil when the time was up.
    public mutating func wait(timeout: Duration? = nil) -> ChildExit? {
        if let exit { return exit }
        guard awaitReadable(descriptor, timeout: timeout) else { return nil }
        var status: Int32 = 0
        while unsafe waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        exit = ChildExit(waitStatus: status)
        return exit
    }

    /// Asks the child to end with SIGTERM, and ends it with SIGKILL where it does not within `grace`.
    @discardableResult
    public mutating func terminate(grace: Duration = .seconds(2)) -> ChildExit {
        send(SIGTERM)
        if let exit = wait(timeout: grace) { return exit }
        send(SIGKILL)
        return wait() ?? .signalled(SIGKILL)
    }

    /// Writes to the child's standard input, where that is a pipe.
    public func write(_ bytes: RawSpan) throws(OutputError) {
        guard input >= 0 else { throw .closed }
        try StandardOutput.write(bytes, to: input)
    }

    /// The next line of the child's standard output, where that is a pipe.
    ///
    /// - Parameter timeout: of the whole wait; nil waits for ever.
    public mutating func readLine(timeout: Duration? = nil) throws(HostError) -> Line {
        let longest = 65_536
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeSubrange(...end) }
                return .line([UInt8](unread[..<end]))
            }
            if unread.count >= longest || (output < 0 && !unread.isEmpty) {
                defer { unread = [] }
                return .line(unread)
            }
            if output < 0 { return .ended }
            let remaining = deadline.map { max(.zero, $0 - ContinuousClock.now) }
            guard awaitReadable(output, timeout: remaining) else { return .timedOut }
            try fill()
        }
    }

    /// Reads what the output holds; at its end, closes it.
    private mutating func fill() throws(HostError) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(output, &buffer, buffer.count)
        if count > 0 {
            unread += buffer.prefix(count)
        } else if count == 0 {
            close(output)
            output = -1
        } else if errno != EINTR && errno != EAGAIN {
            throw HostError("reading from a child process", errno: errno)
        }
    }
}

/// Descriptors opened for a child: its ends are closed when it has been started, as are all where it has not.
private struct Opened: ~Copyable {
    private var childEnds: [Int32] = []
    private var ownInput: Int32 = -1
    private var ownOutput: Int32 = -1

    deinit {
        for descriptor in childEnds { close(descriptor) }
        if ownInput >= 0 { close(ownInput) }
        if ownOutput >= 0 { close(ownOutput) }
    }

    /// The child's end of a stream; -1 where it inherits.
    mutating func descriptor(for stream: ChildProcess.Stream, target: Int32) throws(HostError) -> Int32 {
        switch stream {
        case .inherited: return -1
        case .descriptor(let descriptor): return descriptor
        case .pipe:
            var ends: [Int32] = [-1, -1]
            guard unsafe earshot_pipe(&ends) == 0 else { throw HostError("opening a pipe", errno: errno) }
            if target == STDIN_FILENO { ownInput = ends[1] } else { ownOutput = ends[0] }
            let childEnd = target == STDIN_FILENO ? ends[0] : ends[1]
            childEnds.append(childEnd)
            return childEnd
        case .null:
            let descriptor = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { throw HostError("opening /dev/null", errno: errno) }
            childEnds.append(descriptor)
            return descriptor
        }
    }

    /// Hands over this process's ends.
    mutating func takeOwnEnds() -> (input: Int32, output: Int32) {
        defer { (ownInput, ownOutput) = (-1, -1) }
        return (ownInput, ownOutput)
    }
}

/// Waits until `descriptor` can be read without waiting (poll(2)); false when the time was up.
private func awaitReadable(_ descriptor: Int32, timeout: Duration?) -> Bool {
    let deadline = timeout.map { ContinuousClock.now + $0 }
    while true {
        var milliseconds: Int32 = -1
        if let deadline {
            let remaining = max(.zero, deadline - ContinuousClock.now)
            milliseconds = Int32(clamping: Int((remaining / .milliseconds(1)).rounded(.up)))
        }
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let count = unsafe poll(&entry, 1, milliseconds)
        if count > 0 { return true }
        if let deadline, ContinuousClock.now >= deadline { return false }
    }
}
