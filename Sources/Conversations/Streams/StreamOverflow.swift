/// Where a ``StreamReassembler`` keeps what it holds beyond its memory: a temporary file, mostly.
public protocol StreamOverflow: AnyObject {
    /// Bytes it has room for.
    var capacity: Int { get }
    /// Keeps `bytes` at `position`, in place of what was there.
    ///
    /// - Returns: false where they could not be kept. What was to be kept is lost then, and the reassembler holds no more
    ///   than its memory from then on: whoever made the overflow tells why.
    func write(_ bytes: RawSpan, at position: Int) -> Bool
    /// Hands over `count` bytes that were kept at `position`.
    ///
    /// - Returns: false where they could not be read.
    func read(_ count: Int, at position: Int, _ body: (RawSpan) -> Void) -> Bool
}
