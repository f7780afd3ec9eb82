import Glibc

/// Why the system refused something this process wanted for itself: what was tried, what the system said, what helps.
public struct HostError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried, as a message names it: "starting /bin/true".
    public let operation: String
    /// errno(3).
    public let errno: Int32
    /// What the user can do about it, where that is known.
    public let remedy: String?

    public init(_ operation: String, errno: Int32, remedy: String? = nil) {
        self.operation = operation
        self.errno = errno
        self.remedy = remedy
    }

    /// What the system calls the cause.
    public var reason: String { unsafe String(cString: strerror(errno)) }

    /// `writing standard output: No space left on device; …`
    public var description: String {
        let fact = "\(operation): \(reason)"
        return remedy.map { "\(fact); \($0)" } ?? fact
    }
}
