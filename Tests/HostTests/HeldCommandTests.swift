import Foundation
import Host
import Testing

/// What a command keeps is tested in `RunTests`, with a program of its own.
@Suite struct HeldCommandTests {
    @Test func `is not run before it is started`() async {
        await #expect(processExitsWith: .success) {
            let path = "/tmp/earshot-held-\(getpid())"
            do throws(HostError) {
                var command = try HeldCommand(["touch", path], caller: nil)
                usleep(100_000)
                precondition(unsafe access(path, F_OK) != 0)
                try command.start()
                precondition(command.wait() == .exited(0))
                precondition(unsafe access(path, F_OK) == 0)
                unsafe unlink(path)
            } catch {
                preconditionFailure()
            }
        }
    }

    @Test func `never runs where it is not started`() async {
        await #expect(processExitsWith: .success) {
            let path = "/tmp/earshot-held-\(getpid())"
            do throws(HostError) { _ = try HeldCommand(["touch", path], caller: nil) } catch { preconditionFailure() }
            precondition(unsafe access(path, F_OK) != 0)
            precondition(waitpid(-1, nil, WNOHANG) < 0, "no zombie")
        }
    }

    @Test func `says why it cannot be run`() async {
        await #expect(processExitsWith: .success) {
            do throws(HostError) {
                var command = try HeldCommand(["/nowhere/command"], caller: nil)
                try command.start()
                preconditionFailure()
            } catch {
                precondition(error.errno == ENOENT)
            }
        }
    }
}
