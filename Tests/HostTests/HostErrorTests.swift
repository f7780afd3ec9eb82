import Glibc
import Host
import Testing

@Suite struct HostErrorTests {
    @Test(arguments: [
        (HostError("starting ls", errno: ENOENT), "starting ls: No such file or directory"),
        (HostError("doing so", errno: EPERM, remedy: "be root"), "doing so: Operation not permitted; be root"),
    ]) func `says what was tried, what went wrong and what helps`(error: HostError, text: String) {
        #expect(error.description == text)
    }
}
