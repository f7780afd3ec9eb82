import Glibc
import Sockets
import Testing

@Suite struct SocketErrorTests {
    @Test(arguments: [
        (
            SocketError(.binding, "127.0.0.1:80", .system(EACCES)),
            "binding to 127.0.0.1:80: Permission denied; choose a port from 1024 on, or grant cap_net_bind_service"
        ),
        (
            SocketError(.resolving, "nowhere", .resolver(EAI_NONAME)),
            "looking up nowhere: Name or service not known; check the spelling, and whether -4 or -6 fits the address"
        ),
        (SocketError(.receiving, "[::1]:7", .system(EIO)), "receiving from [::1]:7: Input/output error"),
    ]) func `says what was tried, on what, what went wrong and what helps`(error: SocketError, text: String) {
        #expect(error.description == text)
    }
}
