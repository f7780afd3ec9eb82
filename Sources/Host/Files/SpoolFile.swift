import Glibc

/// A file for what does not fit into memory, without a name: it is gone when the program ends, however that ends.
public struct SpoolFile: ~Copyable {
    private let descriptor: Int32
    private let folder: String
    /// Why there is no file; told once there is something to write.
    private let failure: Int32
    private var window: FileWindow?
    /// Bytes in the file.
    public private(set) var count = 0

    /// Makes the file in `TMPDIR`, else in `/tmp` (mkstemp(3)): now, for a sandbox lets nothing be made later.
    public init() {
        folder = Environment.value("TMPDIR") ?? "/tmp"
        var template = Array("\(folder)/earshot-XXXXXX".utf8CString)
        descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let path = buffer.baseAddress else { return -1 }
            let descriptor = unsafe mkstemp(path)
            guard descriptor >= 0 else { return -1 }
            unsafe unlink(path)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            return descriptor
        }
        let reason = errno
        window = descriptor < 0 ? nil : FileWindow(descriptor, "reading a temporary file")
        failure = descriptor < 0 ? reason : window == nil ? errno : 0
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds `bytes` at the end.
    public mutating func append(_ bytes: RawSpan) throws(HostError) {
        guard failure == 0 else { throw HostError("making a temporary file in \(folder)", errno: failure) }
        do {
            try StandardOutput.write(bytes, to: descriptor)
        } catch {
            switch error {
            case .closed, .unread: throw HostError("writing a temporary file", errno: EPIPE)
            case .failed(let error): throw HostError("writing a temporary file", errno: error.errno)
            }
        }
        count += bytes.byteCount
    }

    /// Puts `bytes` at `position`, in place of what was there; between them and what was added before may be nothing.
    public mutating func write(_ bytes: RawSpan, at position: Int) throws(HostError) {
        guard failure == 0 else { throw HostError("making a temporary file in \(folder)", errno: failure) }
        guard lseek(descriptor, off_t(position), SEEK_SET) >= 0 else {
            throw HostError("writing a temporary file", errno: errno)
        }
        let end = count
        window?.forget()
        try append(bytes)
        count = max(end, position + bytes.byteCount)
    }

    /// The `count` bytes at `position`, which must have been added.
    ///
    /// - Parameter ahead: bytes to read at once where some have to be.
    @_lifetime(&self)
    public mutating func bytes(at position: Int, count: Int, ahead: Int = 0) throws(HostError) -> RawSpan {
        guard position >= 0, count <= self.count - position else {
            throw HostError("reading a temporary file", errno: EIO)
        }
        guard let span = try window?.bytes(at: position, count: count, ahead: min(ahead, self.count - position)) else {
            throw HostError("reading a temporary file", errno: failure)
        }
        return span
    }

    /// Likewise, for `body`.
    public mutating func withBytes(
        at position: Int, count: Int, ahead: Int = 0, _ body: (RawSpan) -> Void
    ) throws(HostError) {
        let span = try bytes(at: position, count: count, ahead: ahead)
        body(span)
    }
}
