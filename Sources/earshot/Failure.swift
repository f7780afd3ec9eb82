import Glibc
import Host
import PacketCapture
import Sockets

/// Why a command ends early: what stderr says and the status the shell sees.
struct Failure: Error {
    let message: String
    let status: Int32

    /// The command was well formed but could not be carried out.
    init(_ message: String, status: Int32 = ExitStatus.failure) {
        self.message = message
        self.status = status
    }

    /// The command line itself is wrong.
    init(usage message: String) { self.init(message, status: ExitStatus.usage) }

    init(_ error: CaptureError) {
        self.init(error.description, status: error.kind == .usage ? ExitStatus.usage : ExitStatus.failure)
    }

    init(_ error: HostError) { self.init(error.description) }

    /// A closed output is a quiet end; any other is a failure.
    init(_ error: OutputError) {
        switch error {
        case .closed: self = .outputClosed
        case .unread(let count):
            self.init("writing to standard output: nobody reads it; \(count) bytes are not written")
        case .failed(let error): self.init(error)
        }
    }

    init(_ error: SocketError) { self.init(error.description) }

    /// Nobody reads the standard output any more: a quiet end.
    static let outputClosed = Failure("", status: ExitStatus.success)

    /// A signal came before there was anything to show.
    static let stopped = Failure("", status: ExitStatus.success)

    /// Not all that was asked for is there; what is missing has been told.
    static let incomplete = Failure("")

    /// Says why and ends the program.
    func exit() -> Never {
        if !message.isEmpty { StandardError.write(line: "earshot: \(message)") }
        Glibc.exit(status)
    }
}
