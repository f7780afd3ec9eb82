import Glibc

/// Reads pieces of a file (pread(2)): those that lie near each other are read at once.
@safe public struct FileWindow: ~Copyable {
    private let descriptor: Int32
    /// As messages name it: "reading a temporary file".
    private let operation: String
    private var buffer: UnsafeMutableRawBufferPointer
    /// What of the file is in the buffer.
    private var held = 0..<0

    /// Opens another way into an open file; nil where there can be none. A sandbox does not let that be done later.
    ///
    /// - Parameter operation: as messages name it.
    public init?(_ descriptor: Int32, _ operation: String) {
        let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { return nil }
        self.descriptor = own
        self.operation = operation
        unsafe buffer = .allocate(byteCount: 1 << 12, alignment: 64)
    }

    deinit {
        close(descriptor)
        unsafe buffer.deallocate()
    }

    /// Whether these bytes can be had without reading.
    public func holds(_ position: Int, count: Int) -> Bool {
        position >= held.lowerBound && count <= held.upperBound &- position
    }

    /// The `count` bytes at `position`; that many must be there, and they must not change.
    ///
    /// - Parameter ahead: bytes to read at once where some have to be.
    @_lifetime(&self)
    public mutating func bytes(at position: Int, count: Int, ahead: Int = 0) throws(HostError) -> RawSpan {
        if !holds(position, count: count) { try read(at: position, count, max(count, ahead)) }
        let offset = position &- held.lowerBound
        let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: buffer[offset..<offset &+ count]))
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    /// Reads again what is asked for next: the file has changed.
    public mutating func forget() { held = 0..<0 }

    /// Reads from `position` on at least `needed` bytes, and up to `wanted`.
    @inline(never)
    private mutating func read(at position: Int, _ needed: Int, _ wanted: Int) throws(HostError) {
        held = position..<position
        if unsafe buffer.count < wanted {
            unsafe buffer.deallocate()
            unsafe buffer = .allocate(byteCount: wanted, alignment: 64)
        }
        while held.count < needed {
            let space = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[held.count..<wanted])
            let count = unsafe pread(descriptor, space.baseAddress, space.count, off_t(held.upperBound))
            if count > 0 {
                held = position..<(held.upperBound &+ count)
            } else if count == 0 || errno != EINTR {
                throw HostError(operation, errno: count == 0 ? EIO : errno)
            }
        }
    }
}
