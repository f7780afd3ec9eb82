import Glibc
import PacketDecoding
import Sockets

extension ProbeSocket {
    /// The echo reply in what was received; nil where it is none.
    func echoReply(in bytes: RawSpan) -> EchoMessage? {
        if transport == .rawEcho && family == .v4 { return EchoMessage(rawIPv4: bytes) }
        guard let message = EchoMessage(in: bytes, isIPv6: family == .v6), message.isReply else { return nil }
        return message
    }
}

extension ProbeSocket.Sending {
    /// Whether the kernel only had no room: what was not accepted stays in line.
    var isForLater: Bool { errorNumber == EAGAIN || errorNumber == ENOBUFS }
}
