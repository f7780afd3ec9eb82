import Foundation
import Host
import Testing

/// What the sandbox takes is tested in `LockdownTests`, in a program of its own.
@Suite struct SandboxTests {
    @Test func `refuses where there are threads already`() async {
        await #expect(processExitsWith: .success) {
            Thread.detachNewThread { sleep(60) }
            usleep(10_000)
            do throws(HostError) {
                _ = try Sandbox().enter()
                preconditionFailure()
            } catch {
                precondition(error.errno == EINVAL)
            }
        }
    }
}
