import CLinux
import CPcap
import Glibc
public import PacketDecoding

/// The packets of a savefile as libpcap reads it: pcap, and pcapng whose interfaces all have one link type and one
/// snapshot length. ``SavefileReader`` reads more, and faster. Nothing else has access to the memory that it points to.
@safe public struct LibpcapReader: ~Copyable, PacketSource, @unchecked Sendable {
    public let linkType: LinkType
    /// The most bytes captured of a frame, as the file says; libpcap's maximum where it says nothing.
    public let snapshotLength: Int
    /// The file's own precision; a pcapng counts as nanoseconds.
    public let precision: TimestampPrecision
    /// Whether the file is a pcapng, of which libpcap hands out packets and nothing else.
    public let isPcapng: Bool
    public private(set) var isFinished = false
    /// Packets delivered so far.
    public private(set) var packetCount = 0
    private let name: String
    private let handle: OpaquePointer

    /// Opens a savefile and reads its header.
    ///
    /// - Parameter path: `-` is the standard input.
    /// - Throws: where it cannot be opened, is a directory, empty, cut in its header, or no savefile.
    public init(path: String) throws(CaptureError) {
        try self.init(UnreadSavefile(path: path))
    }

    /// Reads an open savefile's header.
    public init(_ file: consuming UnreadSavefile) throws(CaptureError) {
        let (name, operation) = (file.name, file.operation)
        let stream = try unsafe Self.stream(file.take(), operation)
        let handle: OpaquePointer
        let precision: TimestampPrecision
        do throws(CaptureError) {
            precision = try unsafe Self.precision(of: stream, operation)
            unsafe handle = try Self.readHeader(of: stream, operation)
        } catch {
            unsafe fclose(stream)
            throw error
        }
        self.name = name
        self.precision = precision
        unsafe self.handle = unsafe handle
        linkType = unsafe LinkType(dlt: pcap_datalink(handle))
        snapshotLength = unsafe Int(pcap_snapshot(handle))
        // libpcap tells pcapng's version, 1.0; that of a pcap is 2.
        isPcapng = unsafe pcap_major_version(handle) == 1
    }

    deinit {
        unsafe pcap_close(handle)
    }

    @_lifetime(&self)
    public mutating func next() throws(CaptureError) -> Frame? {
        guard !isFinished else { return nil }
        var record: UnsafeMutablePointer<pcap_pkthdr>?
        var bytes: UnsafePointer<UInt8>?
        let status = unsafe pcap_next_ex(handle, &record, &bytes)
        guard status == 1, let record = unsafe record, let bytes = unsafe bytes else {
            isFinished = true
            if status == PCAP_ERROR_BREAK { return nil }
            let offset = unsafe ftello(pcap_file(handle))
            throw CaptureError(
                .damagedSavefile, "reading " + name, reason: unsafe String(cString: pcap_geterr(handle)),
                packetNumber: packetCount + 1, byteOffset: offset < 0 ? nil : offset)
        }
        packetCount &+= 1
        let captured = unsafe Int(record.pointee.caplen)
        let time = unsafe timestamp(of: record.pointee)
        let header = FrameHeader(
            // libpcap gives the time 0 to a pcapng's simple packets, which carry none.
            number: packetCount, timestamp: isPcapng && time.rawValue == 0 ? nil : time,
            wireLength: unsafe max(captured, Int(record.pointee.len)), statedLength: unsafe Int(record.pointee.len),
            linkType: linkType)
        let span = unsafe RawSpan(_unsafeStart: bytes, byteCount: captured)
        return Frame(unsafe _overrideLifetime(span, mutating: &self), header: header)
    }

    private func timestamp(of record: pcap_pkthdr) -> Timestamp {
        // Opened with nanosecond precision, libpcap counts nanoseconds in the field for microseconds.
        if isPcapng { return Timestamp(seconds: Int64(record.ts.tv_sec), nanoseconds: Int64(record.ts.tv_usec)) }
        // A pcap's numbers are unsigned (draft-ietf-opsawg-pcap section 5); libpcap takes them for signed.
        let scale = precision == .nanoseconds ? 1 : 1000
        let fraction = UInt32(truncatingIfNeeded: record.ts.tv_usec / scale)
        return Timestamp(
            seconds: Int64(UInt32(truncatingIfNeeded: record.ts.tv_sec)), nanoseconds: Int64(fraction) &* Int64(scale))
    }

    /// Takes the descriptor over.
    private static func stream(
        _ descriptor: Int32, _ operation: String
    ) throws(CaptureError) -> UnsafeMutablePointer<FILE> {
        guard let stream = unsafe fdopen(descriptor, "r") else {
            let reason = errno
            Glibc.close(descriptor)
            throw CaptureError(operation, errno: reason)
        }
        return unsafe stream
    }

    /// libpcap's handle, which owns the stream from then on.
    private static func readHeader(
        of stream: UnsafeMutablePointer<FILE>, _ operation: String
    ) throws(CaptureError) -> OpaquePointer {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        let nanoseconds = UInt32(PCAP_TSTAMP_PRECISION_NANO)
        guard let handle = unsafe pcap_fopen_offline_with_tstamp_precision(stream, nanoseconds, &message) else {
            throw CaptureError(.damagedSavefile, operation, reason: string(of: message))
        }
        return unsafe handle
    }

    /// Looks at the file's first bytes, which stay unread.
    private static func precision(
        of stream: UnsafeMutablePointer<FILE>, _ operation: String
    ) throws(CaptureError) -> TimestampPrecision {
        var magic: UInt32 = 0
        for count in 0..<4 {
            let byte = unsafe getc(stream)
            guard byte >= 0 else {
                if unsafe ferror(stream) != 0 { throw CaptureError(operation, errno: errno) }
                throw CaptureError(
                    .damagedSavefile, operation, reason: count == 0 ? "the file is empty" : "cut in the file header")
            }
            magic = magic << 8 | UInt32(truncatingIfNeeded: byte)
        }
        // The bytes are those just read, so the C library only moves its position back in the buffer.
        for shift: UInt32 in [0, 8, 16, 24] {
            _ = unsafe ungetc(Int32(magic >> shift & 0xff), stream)
        }
        switch magic {
        // pcapng's section header, and pcap with nanoseconds (draft-ietf-opsawg-pcap section 4).
        case 0x0a0d_0d0a, 0xa1b2_3c4d, 0x4d3c_b2a1: return .nanoseconds
        // pcap, and three old variants that libpcap reads.
        case 0xa1b2_c3d4, 0xd4c3_b2a1, 0xa1b2_cd34, 0x34cd_b2a1, 0xa1b2_34cd, 0xcd34_b2a1, 0xa12b_3c4d, 0x4d3c_2ba1:
            return .microseconds
        default:
            throw CaptureError(
                .damagedSavefile, operation, reason: "not a savefile: neither pcap nor pcapng")
        }
    }
}
