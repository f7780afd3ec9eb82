import Glibc

/// Why capturing, reading or writing packets failed.
public struct CaptureError: Error, Hashable, Sendable {
    /// What a caller must tell apart.
    public enum Kind: Hashable, Sendable {
        /// A bad filter or option: nothing was tried.
        case usage
        /// The system, a file or an interface refused.
        case failure
        /// A savefile is cut or contradicts itself; the packets before that place have been delivered.
        case damagedSavefile
    }

    public let kind: Kind
    /// What was being done, with the name of the file or interface: "opening a packet socket on eth0".
    public let operation: String
    /// The system's errno (errno(3)); nil when the reason is not the system's.
    public let errorNumber: Int32?
    /// What went wrong: the errno's text, or libpcap's message.
    public let reason: String
    /// What to do about it, where something can be done.
    public let remedy: String?
    /// In a savefile: the number, from 1, of the packet that could not be read.
    public let packetNumber: Int?
    /// In a savefile: bytes from its start, uncompressed, to the record that lies or to where the file is cut;
    /// libpcap tells where reading stopped, and nothing of a pipe.
    public let byteOffset: Int?

    init(
        _ kind: Kind, _ operation: String, reason: String, errorNumber: Int32? = nil, remedy: String? = nil,
        packetNumber: Int? = nil, byteOffset: Int? = nil
    ) {
        self.kind = kind
        self.operation = operation
        self.reason = reason
        self.errorNumber = errorNumber
        self.remedy = remedy
        self.packetNumber = packetNumber
        self.byteOffset = byteOffset
    }

    /// A failed system call.
    init(_ operation: String, errno: Int32, remedy: String? = nil) {
        self.init(.failure, operation, reason: systemMessage(errno), errorNumber: errno, remedy: remedy)
    }

    /// An interface that is there, but down.
    static func down(_ operation: String, _ interface: String) -> CaptureError {
        CaptureError(
            .failure, operation, reason: "the interface is down", errorNumber: ENETDOWN,
            remedy: "bring it up: sudo ip link set \(interface) up")
    }
}

extension CaptureError: CustomStringConvertible {
    /// One line, as a person should see it: `opening … on eth0: Operation not permitted; run as root …`.
    public var description: String {
        var text = operation
        if let packetNumber { text += ", packet \(packetNumber)" }
        if let byteOffset { text += ", byte \(byteOffset)" }
        text += ": " + reason
        if let remedy { text += "; " + remedy }
        return text
    }
}

/// The text of an errno.
func systemMessage(_ errorNumber: Int32) -> String {
    var text = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(errorNumber, &text, text.count) == 0 else { return "error \(errorNumber)" }
    return string(of: text)
}

/// A C string in a buffer.
func string(of buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
