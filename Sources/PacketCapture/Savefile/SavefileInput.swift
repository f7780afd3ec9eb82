import CLinux
import Glibc

/// The bytes of a savefile, uncompressed, through one buffer: what is not used up is moved to its front before more is
/// read behind it, so that a record always lies in one piece.
@safe struct SavefileInput: ~Copyable {
    /// What is read at once. It is also the buffer's size, unless a record is longer or the file is known to be shorter.
    static var chunk: Int { 1 << 18 }

    private let descriptor: Int32
    private let wakeDescriptor: Int32?
    /// Of the file, in bytes, when it was opened; nil where it has none.
    private let size: Int?
    private var buffer: UnsafeMutableRawBufferPointer
    /// The first byte that is not used up, and the end of what was read.
    private var start = 0
    private var end = 0
    /// Bytes of the file before the buffer.
    private var passed = 0
    /// Where the file was opened, in bytes from its beginning; negative where what is read does not lie in it as it is.
    private var origin: Int
    private var isAtEnd = false
    private var inflater: Inflater?

    /// Takes a descriptor over.
    ///
    /// - Parameters:
    ///   - wakeDescriptor: ends the file where it becomes readable while more is waited for.
    ///   - size: of the file, in bytes; nil where the system does not tell. It may be wrong: the file may be growing.
    init(descriptor: Int32, wakeDescriptor: Int32? = nil, size: Int? = nil) {
        self.descriptor = descriptor
        self.wakeDescriptor = wakeDescriptor
        self.size = size
        // A standard input may have been read by others before.
        origin = size == nil ? -1 : lseek(descriptor, 0, SEEK_CUR)
        let room = size.map { min($0, Self.chunk &- 1) &+ 1 } ?? Self.chunk
        unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 64)
    }

    /// Reads the file's first bytes; where they say that it is compressed, what comes from now on is uncompressed.
    mutating func detectCompression() throws(SavefileFault) {
        guard try require(2), unsafe Inflater.recognizes(buffer) else { return }
        // What has been read so far is compressed; what comes out is longer.
        inflater = unsafe Inflater(UnsafeRawBufferPointer(rebasing: buffer[..<end]))
        end = 0
        isAtEnd = false
        origin = -1
        if unsafe buffer.count < Self.chunk { grow(to: 0) }
    }

    deinit {
        Glibc.close(descriptor)
        unsafe buffer.deallocate()
    }

    /// How far the file has been read; nil where it has no size.
    var progress: ReadingProgress? {
        guard let size else { return nil }
        return ReadingProgress(read: min(max(0, lseek(descriptor, 0, SEEK_CUR)), size), size: size)
    }

    /// The file, where ``position(of:)`` tells something.
    var positionedDescriptor: Int32? { origin < 0 ? nil : descriptor }

    /// Where in the file a byte of the buffer lies; negative where it lies nowhere as it is.
    @inline(__always)
    func position(of pointer: UnsafeRawPointer) -> Int {
        // The buffer has a size, so it has an address.
        unsafe origin < 0 ? -1 : origin &+ passed &+ (pointer - UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped))
    }

    /// Bytes of the file that have been used up.
    var offset: Int { passed &+ start }

    /// Bytes that are there without reading.
    var available: Int { end &- start }

    /// Those bytes.
    var bytes: RawSpan {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(RawSpan(_unsafeStart: pointer, byteCount: available), borrowing: self) }
    }

    /// The number `offset` bytes ahead, in this host's byte order or, swapped, in the other. Bounds are checked.
    @inline(__always)
    func number<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, at offset: Int, isSwapped: Bool
    ) -> Value {
        bytes.number(type, at: offset, isSwapped: isSwapped)
    }

    /// The four numbers that are next, in this host's byte order or, swapped, in the other. Bounds are checked.
    @inline(__always)
    func words(isSwapped: Bool) -> SIMD4<UInt32> {
        precondition(available >= 16)
        let words = unsafe pointer.loadUnaligned(as: SIMD4<UInt32>.self)
        guard isSwapped else { return words }
        return SIMD4(words[0].byteSwapped, words[1].byteSwapped, words[2].byteSwapped, words[3].byteSwapped)
    }

    /// Where the next byte is; valid until more is read.
    var pointer: UnsafeRawPointer {
        // The buffer has a size, so it has an address.
        unsafe UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped) + start
    }

    /// Makes `count` bytes available; false where the file ends before.
    mutating func require(_ count: Int) throws(SavefileFault) -> Bool {
        if available >= count { return true }
        return try fill(count)
    }

    /// Uses up `count` bytes, which must be available.
    mutating func advance(_ count: Int) { start &+= count }

    /// Passes over `count` bytes, however many; false where the file ends before.
    mutating func skip(_ count: Int) throws(SavefileFault) -> Bool {
        var left = count
        while left > available {
            left &-= available
            start = end
            guard try fill(1) else { return false }
        }
        start &+= left
        return true
    }

    @inline(never)
    private mutating func fill(_ count: Int) throws(SavefileFault) -> Bool {
        if isAtEnd { return false }
        unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
        passed &+= start
        end &-= start
        start = 0
        if unsafe count > buffer.count { grow(to: count) }
        while end < count {
            let space = unsafe UnsafeMutableRawBufferPointer(
                rebasing: buffer[end..<min(buffer.count, end &+ Self.chunk)])
            let received = unsafe try read(into: space)
            if received == 0 {
                isAtEnd = true
                return false
            }
            end &+= received
        }
        // The file is longer than the buffer that was made for it.
        if unsafe end == buffer.count && end < Self.chunk { grow(to: 0) }
        return true
    }

    private mutating func grow(to count: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: count &+ Self.chunk, alignment: 64)
        unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<end]))
        unsafe buffer.deallocate()
        unsafe buffer = larger
    }

    /// - Returns: how many bytes came; 0 at the end.
    private mutating func read(into space: UnsafeMutableRawBufferPointer) throws(SavefileFault) -> Int {
        guard inflater != nil else { return unsafe try readDescriptor(descriptor, into: space, wake: wakeDescriptor) }
        return unsafe try inflater?.read(into: space, from: descriptor, wake: wakeDescriptor) ?? 0
    }
}

/// Reads what there is, waiting for the first byte.
///
/// - Parameter wake: a descriptor that ends the waiting by becoming readable, as if the file had ended.
/// - Returns: how many bytes came; 0 at the end.
func readDescriptor(
    _ descriptor: Int32, into space: UnsafeMutableRawBufferPointer, wake: Int32? = nil
) throws(SavefileFault) -> Int {
    if let wake {
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        while unsafe poll(&entries, 2, -1) < 0 && errno == EINTR {}
        if entries[1].revents != 0 { return 0 }
    }
    while true {
        let count = unsafe read(descriptor, space.baseAddress, space.count)
        if count >= 0 { return count }
        switch errno {
        case EINTR: continue
        case EAGAIN:
            // A standard input that somebody made non-blocking.
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            unsafe poll(&ready, 1, -1)
        default: throw .failed(errno)
        }
    }
}
