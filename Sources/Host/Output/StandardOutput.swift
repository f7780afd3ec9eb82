import CLinux
import Glibc

/// Why output did not arrive.
public enum OutputError: Error, Hashable, Sendable {
    /// The reader has closed its end: the program ends quietly, with status 0.
    case closed
    /// The program is to stop, and nobody reads what it has to say: so many bytes are not written.
    case unread(Int)
    /// Anything else, such as a full disk, or that there is no standard output: status 1.
    case failed(HostError)
}

/// Writing to standard output (write(2)), unbuffered. SIGPIPE must be ignored: ``StopSignals/install()``.
public enum StandardOutput {
    /// How long a reader may read nothing once the program is to stop, in milliseconds.
    private static let patience: Int32 = 250

    /// How something is written to.
    private enum Way {
        /// Nothing keeps the program waiting: a file, a disk.
        case plain
        /// A pipe or terminal, opened once more so that writing to it does not wait, whatever the programs that share it
        /// have set.
        case opened(Int32)
        /// What cannot be opened once more: in pieces that a pipe takes whole, once it takes anything (pipe(7)).
        case pieces
    }

    private static let ownWay = way(of: STDOUT_FILENO)
    private static let errorWay = way(of: STDERR_FILENO)

    private static func way(of descriptor: Int32) -> Way {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return .plain }
        switch status.st_mode & S_IFMT {
        case S_IFIFO: break
        case S_IFCHR where isatty(descriptor) != 0: break
        case S_IFSOCK: return .pieces
        default: return .plain
        }
        let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let opened = unsafe open("/proc/self/fd/\(descriptor)", flags)
        return opened < 0 ? .pieces : .opened(opened)
    }

    /// Writes all of `bytes`, however long the reader takes; where the program is to stop, as long as anybody reads.
    ///
    /// - Parameter descriptor: another one than stdout, in blocking mode or not.
    public static func write(_ bytes: RawSpan, to descriptor: Int32 = 1) throws(OutputError) {
        // What follows bytes that are missing would stand in their place.
        if descriptor == STDOUT_FILENO, bytes.byteCount > 0, earshot_output_unwritten() > 0 {
            throw .unread(Int(earshot_output_abandon(bytes.byteCount)))
        }
        var target = descriptor
        var longest = Int.max
        switch descriptor == STDOUT_FILENO ? ownWay : descriptor == STDERR_FILENO ? errorWay : .plain {
        case .plain: break
        case .opened(let opened): target = opened
        case .pieces: longest = Int(PIPE_BUF)
        }
        var written = 0
        while written < bytes.byteCount {
            let size = min(bytes.byteCount - written, longest)
            if longest < Int.max { try waitForRoom(target, for: descriptor, left: bytes.byteCount - written) }
            let count = unsafe bytes.extracting(droppingFirst: written).withUnsafeBytes { buffer in
                unsafe Glibc.write(target, buffer.baseAddress, size)
            }
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: try waitForRoom(target, for: descriptor, left: bytes.byteCount - written)
            case EPIPE: throw .closed
            default:
                let name = descriptor == STDOUT_FILENO ? "standard output" : "descriptor \(descriptor)"
                // The program was started without it: see ``prepare()``.
                let isMissing = errno == EBADF && descriptor == STDOUT_FILENO
                throw .failed(
                    HostError("writing to \(name)", errno: errno, remedy: isMissing ? "it is closed (>&-)" : nil))
            }
        }
    }

    /// Waits until something can be written, or an error be told.
    ///
    /// - Parameters:
    ///   - target: what is written to.
    ///   - descriptor: what that stands for.
    ///   - left: how many bytes are to be written.
    private static func waitForRoom(_ target: Int32, for descriptor: Int32, left: Int) throws(OutputError) {
        var entries = [
            pollfd(fd: target, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: StopSignals.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let isStopping = StopSignals.stopRequested
            // Nobody waits a second time.
            let longest = earshot_output_is_abandoned() != 0 ? 0 : patience
            let count = unsafe poll(&entries, isStopping ? 1 : 2, isStopping ? longest : -1)
            if count > 0, entries[0].revents != 0 { return }
            if isStopping, count == 0 {
                let all = Int(earshot_output_abandon(descriptor == STDOUT_FILENO ? left : 0))
                throw .unread(descriptor == STDOUT_FILENO ? all : left)
            }
        }
    }

    /// Whether nobody can read any more what is written to it.
    public static var isClosed: Bool {
        var entry = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return unsafe poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLERR) != 0
    }

    /// Occupies descriptors 0, 1 and 2 where the program was started without them, so that no socket or file that
    /// is opened later gets what is written to stdout. Reading and writing them then fails with EBADF. Opens what is
    /// needed to write to them: must come before ``Sandbox/enter()``.
    ///
    /// - Parameter isOwn: whether the standard output is this program's, and not that of a program that it starts, which
    ///   closes it when it likes.
    public static func prepare(isOwn: Bool = true) {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free descriptor is taken, and all below are in use. Opened for the wrong direction. A program that
            // this one starts is without them again.
            _ = unsafe open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
        }
        _ = errorWay
        if isOwn { _ = ownWay }
    }
}

/// Writing to standard error.
public enum StandardError {
    /// Writes a message as one line, in one piece: ``Swift/String/escapedForMessage``, whatever names are in it. Nothing
    /// can be done where that fails, so nothing is said.
    public static func write(line message: String) { write(message.escapedForMessage + "\n") }

    /// Writes several lines in one piece.
    public static func write(lines: [String]) {
        write(lines.map { $0.escapedForMessage + "\n" }.joined())
    }

    /// Writes `text` in one piece as it is, with no line end: what a terminal shows until it is overwritten. It must be
    /// this program's own.
    public static func write(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        unsafe try? StandardOutput.write(text.utf8Span.span.bytes, to: STDERR_FILENO)
    }
}
