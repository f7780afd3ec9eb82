public import PacketDecoding

/// Where frames come from: an interface or a savefile.
public protocol PacketSource: ~Copyable {
    /// The next frame; it borrows the source's memory until the next call.
    ///
    /// Nil with ``isFinished`` false means "nothing just now", which only a live source says.
    @_lifetime(&self)
    mutating func next() throws(CaptureError) -> Frame?

    /// What the frames begin with.
    var linkType: LinkType { get }

    /// Whether there will be no further frame.
    var isFinished: Bool { get }

    /// How far a file has been read; nil where there is no telling. It asks the system: not for every packet.
    var progress: ReadingProgress? { get }
}

extension PacketSource where Self: ~Copyable {
    public var progress: ReadingProgress? { nil }
}

/// How far a file has been read.
public struct ReadingProgress: Hashable, Sendable {
    /// Bytes of the file, compressed where it is.
    public let read, size: Int

    public init(read: Int, size: Int) {
        self.read = read
        self.size = size
    }
}
