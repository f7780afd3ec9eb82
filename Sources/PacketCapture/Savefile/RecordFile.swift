import Glibc
import PacketDecoding

/// A file of records that is written in large pieces and, when that fails, ends with a whole record.
@safe struct RecordFile: ~Copyable {
    let name: String
    /// Packets appended; after an error, those that are whole in the file.
    private(set) var packetCount = 0
    /// Bytes appended; after an error, those in the file.
    private(set) var byteCount = 0

    private let descriptor: Int32
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

    /// - Parameters:
    ///   - descriptor: open for writing; it is closed with the file.
    ///   - name: for messages.
    init(descriptor: Int32, name: String) {
        self.name = name
        self.descriptor = descriptor
        unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    }

    /// Creates the file at `path`, where none may be.
    init(creating path: String) throws(CaptureError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CaptureError("creating \(path)", errno: errno) }
        self.init(descriptor: descriptor, name: path)
    }

    deinit {
        // Whoever wants to hear of an error flushes first.
        _ = writeBuffer()
        Glibc.close(descriptor)
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

    /// Adds a number to the record, in this host's byte order.
    mutating func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        unsafe buffer.storeBytes(of: value, toByteOffset: used, as: Value.self)
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

    /// - Returns: how many bytes of the buffer were written, and the errno that ended it; 0 when it was all.
    private func writeBuffer() -> (done: Int, reason: Int32) {
        var done = 0
        while done < used {
            let count = unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + done }, used - done)
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

    /// Takes back what is not in the file, and from the file the piece of a record at its end.
    ///
    /// - Parameter done: how many bytes of the buffer are in the file.
    private mutating func fail(_ reason: Int32, after done: Int) -> CaptureError {
        let whole = records.last { $0.end <= done }?.end ?? 0
        packetCount -= records.count { $0.isPacket && $0.end > done }
        byteCount -= used - whole
        var status = stat()
        if done > whole, unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            ftruncate(descriptor, status.st_size - (done - whole))
        }
        used = 0
        records = []
        let error = CaptureError(
            .failure, "writing \(name)", reason: systemMessage(reason),
            errorNumber: reason)
        failure = error
        return error
    }
}
