import Foundation
import Glibc
import Testing

@testable import Host

/// In processes of their own: the test process never leaves its namespaces.
@Suite struct NamespacesTests {
    @Test func `refuses where there are threads already`() async {
        await #expect(processExitsWith: .success) {
            Thread.detachNewThread { sleep(60) }
            usleep(10_000)
            do throws(HostError) {
                try Namespaces.enterOwnNetwork()
                preconditionFailure()
            } catch {
                precondition(error.errno == EINVAL)
            }
        }
    }

    @Test(arguments: [0, 65534] as [uid_t])
    func `has lo up, nothing else, and may open packet sockets`(user: uid_t) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            [user = user as uid_t] in
            // The child of a fork has one thread, whatever its parent has. Swift hides fork and variadic prctl.
            typealias Fork = @convention(c) () -> pid_t
            typealias Prctl = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
            guard let fork = unsafe dlsym(nil, "fork"), let prctl = unsafe dlsym(nil, "prctl") else {
                preconditionFailure()
            }
            let child = unsafe unsafeBitCast(fork, to: Fork.self)()
            if child == 0 {
                if geteuid() == 0 && user != 0 {
                    setuid(user)
                    // A process that gave up being root has no access to its own /proc files until it may be dumped.
                    let mayBeDumped: Int32 = 4
                    _ = unsafe unsafeBitCast(prctl, to: Prctl.self)(mayBeDumped, 1, 0, 0, 0)
                }
                do throws(HostError) {
                    try Namespaces.enterOwnNetwork()
                } catch {
                    print("refused=\(error);")
                    fflush(nil)
                    _exit(0)
                }
                var list: UnsafeMutablePointer<ifaddrs>?
                unsafe getifaddrs(&list)
                var interfaces: Set<String> = []
                while let entry = unsafe list {
                    let isUp = unsafe entry.pointee.ifa_flags & UInt32(IFF_UP) != 0
                    unsafe interfaces.insert(String(cString: entry.pointee.ifa_name) + (isUp ? " up" : " down"))
                    unsafe list = entry.pointee.ifa_next
                }
                print(
                    "interfaces=\(interfaces.sorted()) packet=\(socket(AF_PACKET, Int32(SOCK_RAW.rawValue), 0) >= 0);")
                fflush(nil)
                _exit(0)
            }
            var status: Int32 = -1
            unsafe waitpid(child, &status, 0)
            precondition(status == 0)
        }
        let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        if let refusal = output.split(separator: "refused=").dropFirst().first, !requiresPrivileges {
            return print("skipped: \(refusal)")
        }
        #expect(output.contains("lo up"))
        #expect(output.contains("packet=true"))
        #expect(!output.contains("eth") && !output.contains("down"))
    }
}
