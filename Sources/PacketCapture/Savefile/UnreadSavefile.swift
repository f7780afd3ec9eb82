import Glibc

/// A savefile that is open and of which nothing has been read: whoever opened it may give up rights before a reader looks
/// at what others wrote.
public struct UnreadSavefile: ~Copyable {
    /// For messages.
    public let name: String
    /// It stays the value's.
    public private(set) var descriptor: Int32
    /// In bytes, when it was opened; nil where it has none.
    let size: Int?

    /// Opens a savefile.
    ///
    /// - Parameters:
    ///   - path: `-` is the standard input.
    ///   - waits: whether opening a FIFO may wait for somebody to write into it; else reading does.
    /// - Throws: where it cannot be opened, or is a directory.
    public init(path: String, waits: Bool = true) throws(CaptureError) {
        try self.init(path: Array(path.utf8), name: path, waits: waits)
    }

    /// Opens a savefile whose path need not be UTF-8.
    ///
    /// - Parameters:
    ///   - path: its bytes; `-` is the standard input.
    ///   - name: what messages call it.
    ///   - waits: as above.
    public init(path: [UInt8], name: String, waits: Bool = true) throws(CaptureError) {
        let isStandardInput = path == [UInt8(ascii: "-")]
        let name = isStandardInput ? "standard input" : name
        let flags = O_RDONLY | O_CLOEXEC | (waits ? 0 : O_NONBLOCK)
        let opened =
            // A copy of the standard input, so that closing the reader leaves it alone.
            isStandardInput
            ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
            : unsafe Glibc.open(path.map { CChar(bitPattern: $0) } + [0], flags)
        guard opened >= 0 else { throw CaptureError("opening " + name, errno: errno) }
        // Only opening must not wait (fifo(7)): until there is a writer poll(2) does.
        if !isStandardInput && !waits { _ = fcntl(opened, F_SETFL, O_RDONLY) }
        var status = stat()
        guard unsafe fstat(opened, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            close(opened)
            throw CaptureError("opening " + name, errno: EISDIR)
        }
        self.name = name
        descriptor = opened
        // What lies in /proc says 0, whatever is in it.
        size = status.st_mode & S_IFMT == S_IFREG && status.st_size > 0 ? Int(status.st_size) : nil
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What readers do until they have its first interface.
    var operation: String { "opening " + name }

    /// - Returns: the descriptor, which is the caller's from now on.
    mutating func take() -> Int32 {
        defer { descriptor = -1 }
        return descriptor
    }
}
