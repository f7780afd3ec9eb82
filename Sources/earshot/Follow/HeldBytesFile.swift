import Conversations
import Host

/// The bytes of streams that wait for others, beyond the memory there is for them: in a temporary file without a name.
final class HeldBytesFile: StreamOverflow {
    private var file = SpoolFile()
    /// The first that failed.
    private(set) var failure: HostError?

    /// Four of the largest windows there are (RFC 7323 section 2.3).
    let capacity = 4 << 30

    func write(_ bytes: RawSpan, at position: Int) -> Bool {
        guard failure == nil else { return false }
        do throws(HostError) {
            try file.write(bytes, at: position)
            return true
        } catch {
            failure = error
            return false
        }
    }

    func read(_ count: Int, at position: Int, _ body: (RawSpan) -> Void) -> Bool {
        do throws(HostError) {
            // Mostly what lies behind is asked for next.
            try file.withBytes(at: position, count: count, ahead: 16 &* count, body)
            return true
        } catch {
            failure = failure ?? error
            return false
        }
    }
}
