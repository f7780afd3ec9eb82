import Glibc

/// A file for what does not fit into memory, without a name: it is gone when the program ends, however that ends.
public struct SpoolFile: ~Copyable {
    private let descriptor: Int32
    private let folder: String
    /// Why there is no file; told once there is something to write.
    private let failure: Int32
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
        failure = descriptor < 0 ? errno : 0
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds `bytes` at the end.
    public mutating func append(_ bytes: RawSpan) throws(HostError) {
        guard failure == 0 else { throw HostError("making a temporary file in \(folder)", errno: failure) }
        do {
            try StandardOutput.write(bytes, to: descriptor)
        } catch {
            switch error {
            case .closed: throw HostError("writing a temporary file", errno: EPIPE)
            case .failed(let error): throw error
            }
        }
        count += bytes.byteCount
    }

    /// Reads from `offset` on (pread(2)) as many bytes as `buffer` holds; that many must be there.
    public func read(into buffer: inout [UInt8], count: Int, at offset: Int) throws(HostError) {
        if buffer.count < count { buffer = [UInt8](repeating: 0, count: count) }
        var done = 0
        while done < count {
            let read = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe pread(descriptor, bytes.baseAddress.map { unsafe $0 + done }, count - done, off_t(offset + done))
            }
            if read > 0 {
                done += read
            } else if read == 0 || errno != EINTR {
                throw HostError("reading a temporary file", errno: read == 0 ? EIO : errno)
            }
        }
    }
}
