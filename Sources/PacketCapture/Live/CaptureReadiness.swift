import Glibc

/// Waiting for what a capture waits for (poll(2)).
struct CaptureReadiness {
    private var entries: [pollfd]
    private let sockets: Int

    /// - Parameters:
    ///   - sockets: of the capture.
    ///   - wake: ends a wait when it is readable.
    ///   - monitor: the news of the interfaces.
    init(sockets: [Int32], wake: Int32?, monitor: Int32?) {
        // A negative descriptor is passed over.
        entries = (sockets + [wake ?? -1, monitor ?? -1]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        self.sockets = sockets.count
    }

    /// Waits until there is a block in a ring, news, or a reason to wake, or time is up; a signal ends it too.
    ///
    /// - Parameter milliseconds: 0 does not wait, a negative number waits without limit.
    /// - Returns: whether a socket has an error to tell, and whether there is news.
    mutating func wait(milliseconds: Int) -> (hasError: Bool, hasNews: Bool) {
        let count = nfds_t(entries.count)
        guard unsafe poll(&entries, count, Int32(clamping: milliseconds)) > 0 else { return (false, false) }
        let hasError = entries[..<sockets].contains { Int32($0.revents) & (POLLERR | POLLHUP | POLLNVAL) != 0 }
        return (hasError, entries[sockets + 1].revents != 0)
    }
}
