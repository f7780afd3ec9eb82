import Glibc

/// Waiting for one descriptor (poll(2)).
public enum Readiness {
    public enum Purpose: Sendable {
        case reading, writing
    }

    public enum Outcome: Hashable, Sendable {
        /// The call can be made: it will succeed or say what is wrong.
        case ready
        case timedOut
        /// The other descriptor became readable.
        case woken
    }

    /// Waits until `descriptor` is ready.
    ///
    /// - Parameters:
    ///   - timeout: nil waits for ever, zero only looks.
    ///   - wake: a second descriptor that ends the wait by becoming readable; it wins over readiness.
    public static func wait(
        for purpose: Purpose, on descriptor: Int32, timeout: Duration? = nil, wake: Int32? = nil
    ) throws(SocketError) -> Outcome {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        var entries = [
            pollfd(fd: descriptor, events: Int16(purpose == .reading ? POLLIN : POLLOUT), revents: 0),
            // poll(2) passes over a negative descriptor.
            pollfd(fd: wake ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let remaining = deadline.map { max(.zero, $0 - ContinuousClock.now) }
            let count = unsafe poll(&entries, nfds_t(entries.count), remaining?.pollMilliseconds ?? -1)
            if count > 0 { return entries[1].revents != 0 ? .woken : .ready }
            if count < 0 && errno != EINTR { throw SocketError(.polling, "a socket", .system(errno)) }
            if let deadline, ContinuousClock.now >= deadline { return .timedOut }
        }
    }
}

extension Duration {
    /// As poll(2) and epoll_wait(2) take it: rounded up, so that a wait never ends before its time.
    var pollMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return Int32(clamping: seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
