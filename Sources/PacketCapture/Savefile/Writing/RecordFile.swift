import CLinux
import Glibc
import PacketDecoding

/// A file of records that is written in large pieces and, when that fails, ends with a whole record.
@safe struct RecordFile: ~Copyable {
    let name: String
    /// Packets appended; after an error, those that are whole in the file.
    private(set) var packetCount = 0
    /// Bytes appended; after an error, those in the file.
    private(set) var byteCount = 0
    /// Whether numbers are stored in the other byte order than this host's: a copied section keeps its own.
    var isSwapped = false

    /// -1 once it is closed.
    private var descriptor: Int32
    /// Set where a reader may keep this process waiting: readable once the program is to stop.
    private let stopDescriptor: Int32?
    private var buffer: UnsafeMutableRawBufferPointer
    private var used = 0
    /// The records in the buffer.
    private var records: [Record] = []
    /// Why the file takes nothing more.
    private var failure: CaptureError?

    private struct Record {
        let end: Int
        let isPacket: Bool
    }

    /// How long a reader may let a program that is to stop wait, in milliseconds.
    private static let patience: Int32 = 200

    /// - Parameters:
    ///   - descriptor: open for writing; it is closed with the file.
    ///   - name: for messages.
    ///   - stopDescriptor: once it is readable, a pipe that nobody reads is an error.
    init(descriptor: Int32, name: String, stopDescriptor: Int32? = nil) {
        self.name = name
        self.descriptor = descriptor
        var status = stat()
        let hasReader =
            unsafe fstat(descriptor, &status) == 0 && [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
        self.stopDescriptor = hasReader ? stopDescriptor : nil
        unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    }

    /// Creates the file at `path`, where none may be.
    init(creating path: String) throws(CaptureError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CaptureError("creating \(path)", errno: errno) }
        self.init(descriptor: descriptor, name: path)
    }

    deinit {
        // Whoever wants to hear of an error closes it before.
        _ = writeBuffer()
        if descriptor >= 0 { Glibc.close(descriptor) }
        unsafe buffer.deallocate()
    }

    /// Makes room for a record of `count` bytes, which must be stored next.
    mutating func begin(_ count: Int, isPacket: Bool = false) throws(CaptureError) {
        if let failure { throw failure }
        if unsafe count > buffer.count - used {
            try flush()
            if unsafe count > buffer.count {
                unsafe buffer.deallocate()
                unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
            }
        }
        records.append(Record(end: used + count, isPacket: isPacket))
        byteCount += count
        if isPacket { packetCount += 1 }
    }

    /// Adds a number to the record.
    mutating func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        unsafe buffer.storeBytes(of: isSwapped ? value.byteSwapped : value, toByteOffset: used, as: Value.self)
        used += MemoryLayout<Value>.size
    }

    /// Adds bytes to the record.
    mutating func store(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[used...]).copyMemory(from: bytes)
        }
        used += bytes.byteCount
    }

    /// Hands everything to the system.
    mutating func flush() throws(CaptureError) {
        if let failure { throw failure }
        let (done, reason) = writeBuffer()
        guard reason == 0 else { throw fail(reason, after: done) }
        used = 0
        records.removeAll(keepingCapacity: true)
    }

    /// Completes the file. Some file systems say only then that they could not keep it.
    mutating func close() throws(CaptureError) {
        try flush()
        let result = Glibc.close(descriptor)
        let reason = errno
        descriptor = -1
        // EINTR: it is closed all the same (close(2)).
        if result != 0, reason != EINTR { throw fail(reason, after: 0) }
    }

    /// - Returns: how many bytes of the buffer were written, and the errno that ended it; 0 when it was all.
    private func writeBuffer() -> (done: Int, reason: Int32) {
        var done = 0
        while done < used {
            var size = used - done
            if let stopDescriptor {
                // What a pipe surely takes without waiting, once it takes anything (pipe(7)).
                size = min(size, Int(PIPE_BUF))
                guard hasRoom(orStops: stopDescriptor) else { return (done, ETIMEDOUT) }
            }
            let count = unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + done }, size)
            if count >= 0 {
                done += count
            } else if errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&ready, 1, -1)
            } else if errno != EINTR {
                return (done, errno)
            }
        }
        return (done, 0)
    }

    /// Waits until something can be written, or an error be told; false where that takes too long for a program that is
    /// to stop.
    private func hasRoom(orStops stopDescriptor: Int32) -> Bool {
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: stopDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        var isStopping = false
        while true {
            let count = unsafe poll(&entries, isStopping ? 1 : 2, isStopping ? Self.patience : -1)
            if count < 0 { continue }
            if entries[0].revents != 0 { return true }
            if isStopping { return false }
            isStopping = entries[1].revents != 0
        }
    }

    /// Takes back what is not in the file, and from the file the piece of a record at its end.
    ///
    /// - Parameter done: how many bytes of the buffer are in the file.
    private mutating func fail(_ reason: Int32, after done: Int) -> CaptureError {
        let whole = records.last { $0.end <= done }?.end ?? 0
        packetCount -= records.count { $0.isPacket && $0.end > done }
        byteCount -= used - whole
        if done > whole {
            let size = earshot_file_size(descriptor)
            if size >= 0 { ftruncate(descriptor, size - off_t(done - whole)) }
        }
        used = 0
        records = []
        let error = CaptureError(
            .failure, "writing \(name)", reason: reason == ETIMEDOUT ? "nobody reads it" : systemMessage(reason),
            errorNumber: reason)
        failure = error
        return error
    }
}
