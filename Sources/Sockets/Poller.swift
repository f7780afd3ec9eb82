import CLinux
import Glibc

/// Waits for many descriptors at once (epoll(7), level-triggered). Closed when it goes out of scope.
@safe public struct Poller: ~Copyable {
    /// What is awaited of a descriptor; errors and hang-ups are always reported.
    public struct Interest: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let reading = Interest(rawValue: EPOLLIN.rawValue)
        public static let writing = Interest(rawValue: EPOLLOUT.rawValue)
    }

    public struct Event: Hashable, Sendable {
        /// As given to ``add(_:token:interest:)``.
        public let token: UInt64
        /// Reading or writing will not block: it succeeds or says what is wrong.
        public let readiness: Interest
        /// An error, or both directions are shut; reported even without interest.
        public let isHungUp: Bool
    }

    private let epoll: Descriptor
    private var kernelEvents = unsafe [epoll_event](repeating: epoll_event(), count: 64)

    public init() throws(SocketError) {
        epoll = Descriptor(owning: epoll_create1(Int32(EPOLL_CLOEXEC)))
        guard epoll.rawValue >= 0 else { throw Self.failure() }
    }

    /// Starts to watch a descriptor. Closing it ends that.
    public func add(_ descriptor: Int32, token: UInt64, interest: Interest) throws(SocketError) {
        try control(EPOLL_CTL_ADD, descriptor, token, interest)
    }

    /// Changes what is awaited; nothing but hang-ups, where `interest` is empty.
    public func change(_ descriptor: Int32, token: UInt64, interest: Interest) throws(SocketError) {
        try control(EPOLL_CTL_MOD, descriptor, token, interest)
    }

    /// Waits for the next events, 64 at most.
    ///
    /// - Parameter timeout: nil waits for ever.
    /// - Returns: nothing when the time is up or a signal came.
    public mutating func wait(timeout: Duration? = nil) throws(SocketError) -> [Event] {
        let count = unsafe epoll_wait(
            epoll.rawValue, &kernelEvents, Int32(kernelEvents.count), timeout?.pollMilliseconds ?? -1)
        if count < 0 && errno != EINTR { throw Self.failure() }
        return unsafe kernelEvents.prefix(max(0, Int(count))).map { event in
            let isHungUp = unsafe event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
            return unsafe Event(
                token: event.data.u64, readiness: Interest(rawValue: event.events), isHungUp: isHungUp)
        }
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ token: UInt64, _ interest: Interest
    ) throws(SocketError) {
        var event = unsafe epoll_event(events: interest.rawValue, data: epoll_data_t(u64: token))
        guard unsafe epoll_ctl(epoll.rawValue, operation, descriptor, &event) == 0 else { throw Self.failure() }
    }

    private static func failure() -> SocketError { SocketError(.polling, "sockets", .system(errno)) }
}
