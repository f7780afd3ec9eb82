import Glibc

/// Why output did not arrive.
public enum OutputError: Error, Hashable, Sendable {
    /// The reader has closed its end: the program ends quietly, with status 0.
    case closed
    /// Anything else, such as a full disk, or that there is no standard output: status 1.
    case failed(HostError)
}

/// Writing to standard output (write(2)), unbuffered. SIGPIPE must be ignored: ``StopSignals/install()``.
public enum StandardOutput {
    /// Writes all of `bytes`, however long the reader takes.
    ///
    /// - Parameter descriptor: another one than stdout, in blocking mode or not.
    public static func write(_ bytes: RawSpan, to descriptor: Int32 = 1) throws(OutputError) {
        var written = 0
        while written < bytes.byteCount {
            let count = unsafe bytes.extracting(droppingFirst: written).withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // A terminal or pipe that another program sharing it has put into non-blocking mode.
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&entry, 1, -1)
            case EPIPE: throw .closed
            default:
                let name = descriptor == STDOUT_FILENO ? "standard output" : "descriptor \(descriptor)"
                // The program was started without it: see ``reserveDescriptors()``.
                let isMissing = errno == EBADF && descriptor == STDOUT_FILENO
                throw .failed(
                    HostError("writing to \(name)", errno: errno, remedy: isMissing ? "it is closed (>&-)" : nil))
            }
        }
    }

    /// Occupies descriptors 0, 1 and 2 where the program was started without them, so that no socket or file that
    /// is opened later gets what is written to stdout. Reading and writing them then fails with EBADF.
    public static func reserveDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free descriptor is taken, and all below are in use. Opened for the wrong direction. A program that
            // this one starts is without them again.
            _ = unsafe open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
        }
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
