import CZlib
import Glibc

/// Uncompresses a gzip file (RFC 1952) piece by piece, in memory that does not grow: 64 KiB and zlib's window.
///
/// A file may hold several members, one after the other. What follows the last and is no member is padding, as for
/// gzip(1).
@safe struct Inflater: ~Copyable {
    // zlib keeps the address.
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var isBetweenMembers = false
    /// Bytes handed out.
    private var produced = 0
    /// What ended the data; told once everything before it has been handed out.
    private var end: End?

    private enum End {
        case regular
        case damaged(String)
        case outOfMemory
    }

    /// Whether a file that begins with `bytes`, at least two, is compressed.
    static func recognizes(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        unsafe bytes[0] == 0x1f && bytes[1] == 0x8b
    }

    /// - Parameter beginning: what has been read of the file.
    init(_ beginning: UnsafeRawBufferPointer) {
        unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe input = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(beginning.count, 1 << 16), alignment: 64)
        unsafe input.copyMemory(from: beginning)
        // 15 is the largest window, 16 asks for gzip's header and checksum.
        let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        if status != Z_OK { end = .outOfMemory }
        supply(beginning.count)
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe input.deallocate()
    }

    /// Uncompresses into `space`, reading from `descriptor` as little as gives at least one byte.
    ///
    /// - Returns: how many bytes came; 0 at the end.
    mutating func read(
        into space: UnsafeMutableRawBufferPointer, from descriptor: Int32, wake: Int32? = nil
    ) throws(SavefileFault) -> Int {
        let size = UInt32(clamping: space.count)
        unsafe stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
        unsafe stream.pointee.avail_out = size
        while end == nil, unsafe stream.pointee.avail_out == size { try step(descriptor, wake: wake) }
        let count = unsafe Int(size - stream.pointee.avail_out)
        produced &+= count
        if count > 0 { return count }
        switch end {
        case .damaged(let reason): throw .damaged(reason, offset: produced)
        case .outOfMemory: throw .failed(ENOMEM)
        case .regular, nil: return 0
        }
    }

    private mutating func step(_ descriptor: Int32, wake: Int32?) throws(SavefileFault) {
        if isBetweenMembers {
            if unsafe stream.pointee.avail_in == 0, try !receive(from: descriptor, wake: wake) {
                end = .regular
                return
            }
            guard unsafe stream.pointee.next_in.pointee == 0x1f else {
                end = .regular
                return
            }
            unsafe inflateReset(stream)
            isBetweenMembers = false
        }
        // Without input, too, there can be output: what did not fit in the space before.
        let space = unsafe stream.pointee.avail_out
        switch unsafe inflate(stream, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR:
            if unsafe stream.pointee.avail_in == 0, unsafe stream.pointee.avail_out == space,
                try !receive(from: descriptor, wake: wake)
            {
                end = .damaged("the compressed data is cut")
            }
        case Z_STREAM_END: isBetweenMembers = true
        case Z_MEM_ERROR: end = .outOfMemory
        default:
            let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "no gzip data"
            end = .damaged("the compressed data is damaged: \(reason)")
        }
    }

    /// Reads compressed data; false when there is no more.
    private mutating func receive(from descriptor: Int32, wake: Int32?) throws(SavefileFault) -> Bool {
        let received = unsafe try readDescriptor(descriptor, into: input, wake: wake)
        supply(received)
        return received > 0
    }

    private mutating func supply(_ count: Int) {
        unsafe stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        unsafe stream.pointee.avail_in = UInt32(clamping: count)
    }
}
