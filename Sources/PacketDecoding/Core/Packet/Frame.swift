/// Which way a frame went, as the capturing socket saw it (packet(7), `sll_pkttype`).
@frozen public enum FrameDirection: UInt8, BitwiseCopyable, Hashable, Sendable {
    /// Not told: most savefiles.
    case unknown
    /// Sent to this host.
    case incoming
    case broadcast
    case multicast
    /// Sent to another host and seen in promiscuous mode.
    case otherHost
    /// Sent by this host.
    case outgoing
}

/// What a source tells about a frame beside its bytes.
///
/// It is copied with every frame, so it is packed: 40 bytes.
@frozen public struct FrameHeader: BitwiseCopyable, Hashable, Sendable {
    /// Number in the capture, from 1.
    public var number: Int
    @usableFromInline var storedTimestamp: Timestamp
    @usableFromInline var storedWireLength, storedStatedLength: UInt32
    public var linkType: LinkType
    @usableFromInline var storedInterface: UInt32
    /// Of a datagram that was put together from fragments: stands for the VLANs and tunnels that those came in; 0 for
    /// none, and for every frame as captured.
    public var network: UInt32
    public var direction: FrameDirection
    /// The kernel had not filled in the transport checksum yet (`TP_STATUS_CSUMNOTREADY`).
    public var checksumIsOffloaded: Bool
    @usableFromInline var hasTimestamp, hasInterface: Bool

    @inlinable
    public init(
        number: Int, timestamp: Timestamp?, wireLength: Int, statedLength: Int? = nil, linkType: LinkType,
        interface: UInt32? = nil, direction: FrameDirection = .unknown, checksumIsOffloaded: Bool = false
    ) {
        self.number = number
        storedTimestamp = timestamp ?? Timestamp(rawValue: 0)
        hasTimestamp = timestamp != nil
        storedWireLength = UInt32(clamping: wireLength)
        storedStatedLength = UInt32(clamping: statedLength ?? wireLength)
        self.linkType = linkType
        storedInterface = interface ?? 0
        hasInterface = interface != nil
        network = 0
        self.direction = direction
        self.checksumIsOffloaded = checksumIsOffloaded
    }

    /// When it was captured; nil where the record carries no time (pcapng simple packet blocks).
    @inlinable public var timestamp: Timestamp? {
        get { hasTimestamp ? storedTimestamp : nil }
        set {
            storedTimestamp = newValue ?? Timestamp(rawValue: 0)
            hasTimestamp = newValue != nil
        }
    }

    /// Length on the wire, in bytes, less than 2^32; at least the captured length.
    @inlinable public var wireLength: Int {
        get { Int(storedWireLength) }
        set { storedWireLength = UInt32(clamping: newValue) }
    }

    /// Length on the wire as the record states it, in bytes: in a broken savefile less than the captured length.
    @inlinable public var statedLength: Int {
        get { Int(storedStatedLength) }
        set { storedStatedLength = UInt32(clamping: newValue) }
    }

    /// The interface it was captured on: pcapng's interface number, or the kernel's index when live.
    @inlinable public var interface: UInt32? {
        get { hasInterface ? storedInterface : nil }
        set {
            storedInterface = newValue ?? 0
            hasInterface = newValue != nil
        }
    }
}

/// A frame as captured: borrowed bytes, which cannot outlive the source's next step, and their header.
@frozen public struct Frame: ~Escapable, BitwiseCopyable {
    /// What was captured, from the link header on; shorter than the frame was on the wire when it was snapped.
    public let bytes: RawSpan
    public let header: FrameHeader
    /// What people wrote beside the frame (pcapng).
    public let comments: FrameComments
    // Negative where there is none: half the size of an optional.
    @usableFromInline var storedPosition = -1

    /// Where in its savefile ``bytes`` begin, in bytes from the file's beginning; nil where they are not part of a file as
    /// they are: in one that is compressed or a pipe, and live.
    @inlinable public var position: Int? {
        get { storedPosition < 0 ? nil : storedPosition }
        set { storedPosition = newValue ?? -1 }
    }

    @inlinable
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, header: FrameHeader) {
        self.bytes = bytes
        self.header = header
        comments = FrameComments()
    }

    @inlinable
    @_lifetime(copy bytes, copy comments)
    public init(_ bytes: RawSpan, header: FrameHeader, comments: FrameComments) {
        self.bytes = bytes
        self.header = header
        self.comments = comments
    }

    /// The record that the frame was read from, whole, as it stands in a savefile that is read to be copied: a block of a
    /// pcapng. Empty where nobody keeps it.
    @inlinable public var record: RawSpan {
        @_lifetime(copy self)
        get { comments.record }
    }

    /// Length in the capture, in bytes.
    @inlinable public var capturedLength: Int { bytes.byteCount }
    /// Length on the wire, in bytes.
    @inlinable public var wireLength: Int { header.wireLength }
}

/// The comments in a frame's record, borrowed like its bytes.
@frozen public struct FrameComments: ~Escapable, BitwiseCopyable {
    @usableFromInline let record: RawSpan
    @usableFromInline let ranges: Span<Range<Int>>

    /// No comments.
    @inlinable
    @_lifetime(immortal)
    public init() {
        record = RawSpan()
        ranges = Span()
    }

    /// - Parameters:
    ///   - ranges: where the comments stand.
    ///   - record: the bytes they stand in, all of them.
    @inlinable
    @_lifetime(copy ranges, copy record)
    public init(_ ranges: Span<Range<Int>>, in record: RawSpan) {
        self.record = record
        self.ranges = ranges
    }

    @inlinable public var count: Int { ranges.count }

    /// Comment `index`, from 0, as it stands in the savefile: meant to be UTF-8, but nobody has checked that.
    @inlinable
    public subscript(index: Int) -> RawSpan {
        @_lifetime(copy self)
        get {
            let range = ranges[index]
            return record.clipped(from: range.lowerBound, to: range.upperBound)
        }
    }
}
