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
}
