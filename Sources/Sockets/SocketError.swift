import Glibc

/// Why a socket did not do what it was asked: what was tried, on which address, what the system said, what helps.
public struct SocketError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried; the raw value is how the message names it.
    public enum Operation: String, Sendable {
        case opening = "opening a socket for"
        case configuring = "setting up the socket of"
        case binding = "binding to"
        case listening = "listening on"
        case accepting = "accepting a connection on"
        case connecting = "connecting to"
        case sending = "sending to"
        case receiving = "receiving from"
        case resolving = "looking up"
        case polling = "waiting for"
        case probing = "opening an ICMP socket to"
    }

    public enum Cause: Hashable, Sendable {
        /// An errno (errno(3)).
        case system(Int32)
        /// What getaddrinfo(3) returned.
        case resolver(Int32)
    }

    public let operation: Operation
    /// The address, or the host name where there is no address yet.
    public let subject: String
    public let cause: Cause

    public init(_ operation: Operation, _ subject: String, _ cause: Cause) {
        self.operation = operation
        self.subject = subject
        self.cause = cause
    }

    /// Takes the errno of the call that has just failed, unless it is given.
    init(_ operation: Operation, _ address: SocketAddress, errno code: Int32 = Glibc.errno) {
        self.init(operation, address.description, .system(code))
    }

    /// The errno; 0 when the cause was no system call.
    public var errno: Int32 {
        switch cause {
        case .system(let code): code
        case .resolver: 0
        }
    }

    /// What the system calls the cause.
    public var reason: String {
        switch cause {
        case .system(let code): unsafe String(cString: strerror(code))
        case .resolver(let code): unsafe String(cString: gai_strerror(code))
        }
    }

    /// What the user can do about it, where that is known.
    public var remedy: String? {
        switch (cause, operation) {
        case (.resolver(EAI_AGAIN), _): "try again later, or give the address"
        case (.resolver, _): "check the spelling, and whether -4 or -6 fits the address"
        case (.system(EADDRINUSE), _): "stop the program that has this port, or choose another port"
        case (.system(EACCES), .binding): "choose a port from 1024 on, or grant cap_net_bind_service"
        case (.system(EADDRNOTAVAIL), _): "use an address that an interface of this host has"
        case (.system(EAFNOSUPPORT), _): "this system lacks that version of the Internet Protocol: try -4 or -6"
        case (.system(ECONNREFUSED), _): "nothing listens there: start the server, or check host and port"
        case (.system(EHOSTUNREACH), _), (.system(ENETUNREACH), _), (.system(ETIMEDOUT), .connecting):
            "check the address, the route and firewalls between"
        case (.system(EMFILE), _): "raise the limit of open files (ulimit -n)"
        case (.system(ENFILE), _): "raise the system's limit of open files (sysctl fs.file-max)"
        case (.system(EPERM), .probing), (.system(EACCES), .probing):
            "run as root, grant cap_net_raw, or list your group in sysctl net.ipv4.ping_group_range"
        case (.system(EPERM), .sending), (.system(EPERM), .connecting): "a firewall rule of this host forbids it"
        default: nil
        }
    }

    /// `connecting to 127.0.0.1:9999: Connection refused; nothing listens there: …`
    public var description: String {
        let fact = "\(operation.rawValue) \(subject): \(reason)"
        return remedy.map { "\(fact); \($0)" } ?? fact
    }
}
