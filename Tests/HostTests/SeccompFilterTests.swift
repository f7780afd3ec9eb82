import CLinux
import Foundation
import Glibc
import Testing

@testable import Host

/// Runs a filter's program over one system call, as the kernel would.
private func verdict(
    _ filter: SeccompFilter, _ number: Int32, _ arguments: UInt64..., architecture: UInt32? = nil
) -> UInt32 {
    var data = [UInt32](repeating: 0, count: 16)
    data[0] = UInt32(bitPattern: number)
    #if arch(x86_64)
        data[1] = architecture ?? 0xc000_003e
    #else
        data[1] = architecture ?? 0xc000_00b7
    #endif
    for (index, argument) in arguments.enumerated() {
        data[4 + 2 * index] = UInt32(truncatingIfNeeded: argument)
        data[5 + 2 * index] = UInt32(truncatingIfNeeded: argument >> 32)
    }
    return verdict(filter.program, data)
}

/// - Parameter data: struct seccomp_data, in words.
private func verdict(_ program: [sock_filter], _ data: [UInt32]) -> UInt32 {
    var accumulator: UInt32 = 0
    var index = 0
    while true {
        let step = program[index]
        index += 1
        switch step.code {
        case 0x20: accumulator = data[Int(step.k) / 4]
        case 0x05: index += Int(step.k)
        case 0x15: index += Int(accumulator == step.k ? step.jt : step.jf)
        case 0x35: index += Int(accumulator >= step.k ? step.jt : step.jf)
        case 0x45: index += Int(accumulator & step.k != 0 ? step.jt : step.jf)
        case 0x06: return step.k
        default: preconditionFailure("instruction \(step.code)")
        }
    }
}

@Suite struct SeccompFilterTests {
    private static let allowed: UInt32 = 0x7fff_0000
    private static let refused = 0x0005_0000 | UInt32(EPERM)
    private static let fatal: UInt32 = 0x8000_0000

    private let filter = SeccompFilter(packetSockets: [7, 9], children: [4321], process: 1234)

    @Test func `what is open can be read and written, but not a packet socket`() {
        #expect(verdict(filter, SYS_read, 7) == Self.allowed)
        #expect(verdict(filter, SYS_write, 1) == Self.allowed)
        #expect(verdict(filter, SYS_write, 8) == Self.allowed)
        for socket: UInt64 in [7, 9] {
            #expect(verdict(filter, SYS_write, socket) == Self.refused)
            #expect(verdict(filter, SYS_writev, socket) == Self.refused)
        }
        // The kernel looks at the low half of a descriptor only.
        #expect(verdict(filter, SYS_write, 7 | 1 << 32) == Self.refused)
    }

    @Test(arguments: [
        SYS_openat, SYS_connect, SYS_bind, SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_setsockopt, SYS_socket, SYS_dup,
        SYS_dup3, SYS_setuid, SYS_setresuid, SYS_pwrite64, SYS_pwritev, SYS_sendfile, SYS_splice, SYS_io_uring_setup,
        SYS_pidfd_getfd, SYS_process_vm_writev, SYS_unshare, SYS_setns, SYS_mount, SYS_memfd_create, SYS_unlinkat,
    ])
    func `opening, sending, duplicating and becoming are refused`(number: Int32) {
        #expect(verdict(filter, number, 7) == Self.refused)
    }

    @Test(arguments: [
        SYS_execve, SYS_execveat, SYS_ptrace, SYS_bpf, SYS_init_module, SYS_finit_module, SYS_delete_module,
    ])
    func `starting programs, tracing and loading code end the process`(number: Int32) {
        #expect(verdict(filter, number) == Self.fatal)
    }

    @Test func `arguments decide`() {
        #expect(verdict(filter, SYS_fcntl, 7, UInt64(F_GETFL)) == Self.allowed)
        #expect(verdict(filter, SYS_fcntl, 7, UInt64(F_DUPFD)) == Self.refused)
        #expect(verdict(filter, SYS_fcntl, 7, 1030) == Self.refused, "F_DUPFD_CLOEXEC")
        #expect(verdict(filter, SYS_ioctl, 1, UInt64(TIOCGWINSZ)) == Self.allowed)
        #expect(verdict(filter, SYS_ioctl, 1, UInt64(TIOCSTI)) == Self.refused)
        #expect(verdict(filter, SYS_mmap, 0, 4096, UInt64(PROT_READ | PROT_WRITE)) == Self.allowed)
        #expect(verdict(filter, SYS_mmap, 0, 4096, UInt64(PROT_READ | PROT_EXEC)) == Self.refused)
        #expect(verdict(filter, SYS_mprotect, 0, 4096, UInt64(PROT_EXEC)) == Self.refused)
        #expect(verdict(filter, SYS_clone, 0x0001_0000) == Self.allowed)
        #expect(verdict(filter, SYS_clone, UInt64(SIGCHLD)) == Self.refused)
        #expect(verdict(filter, SYS_clone3) == 0x0005_0000 | UInt32(ENOSYS))
        #expect(verdict(filter, SYS_kill, 4321) == Self.allowed)
        #expect(verdict(filter, SYS_kill, 1234) == Self.refused)
        #expect(verdict(filter, SYS_kill, .max) == Self.refused)
        #expect(verdict(filter, SYS_tgkill, 1234) == Self.allowed)
        #expect(verdict(filter, SYS_tgkill, 1) == Self.refused)
        #expect(verdict(filter, SYS_prlimit64, 0, 3, 0) == Self.allowed)
        #expect(verdict(filter, SYS_prlimit64, 0, 3, 1 << 32) == Self.refused)
        #expect(verdict(filter, SYS_newfstatat, 3, 0, 0, 0x1000) == Self.refused)
        #expect(verdict(filter, SYS_newfstatat, 3, 0, 0, 0) == Self.refused)
    }

    @Test func `numbers of no system call and of other architectures are refused`() {
        for number: Int32 in [460, 1000, .max, -1] { #expect(verdict(filter, number) == Self.refused) }
        #expect(verdict(filter, SYS_read, architecture: 0x4000_0003) == Self.refused)
        #expect(verdict(filter, SYS_execve, architecture: 0x4000_0003) == Self.refused)
    }

    /// Jumps with a condition reach 255 instructions.
    @Test func `many packet sockets make a long program that still works`() {
        let filter = SeccompFilter(packetSockets: Array(100..<400), children: [], process: 1)
        for socket: UInt64 in [100, 250, 399] { #expect(verdict(filter, SYS_write, socket) == Self.refused) }
        #expect(verdict(filter, SYS_write, 400) == Self.allowed)
        #expect(verdict(filter, SYS_exit_group) == Self.allowed)
        #expect(verdict(filter, SYS_execve) == Self.fatal)
        #expect(filter.program.count <= 4096, "the kernel's limit")
    }

    #if arch(x86_64)
        private static let profiles: [(name: String, filter: SeccompFilter)] = [
            ("captures", SeccompFilter(packetSockets: [7, 9], children: [], process: 1234)),
            ("reads savefiles", SeccompFilter(packetSockets: [], children: [], process: 1234)),
            ("runs a command", SeccompFilter(packetSockets: [7, 9], children: [4321], process: 1234)),
            ("sends probes", SeccompFilter(packetSockets: [7], children: [], process: 1234, sendingSockets: [5])),
            ("greets", SeccompFilter(packetSockets: [], children: [], process: 1234, converses: true)),
            ("makes files", SeccompFilter(packetSockets: [], children: [], process: 1234, opensFiles: true)),
        ]

        /// What each kind of process may call, as a file that a person reads when it changes: `EARSHOT_UPDATE_GOLDEN=1`
        /// rewrites it.
        @Test func `the list of system calls is the one that was read`() throws {
            let names = try systemCallNames()
            let lists = Self.profiles.map { profile in
                let program = profile.filter.program
                return (Int32(0)..<512).compactMap { number in
                    summary(program, number).map { "  \(names[number] ?? "\(number)")\($0)" }
                }
            }
            let common = Set(lists[0]).filter { line in lists.allSatisfy { $0.contains(line) } }
            var lines = ["every process"] + lists[0].filter(common.contains)
            for (profile, list) in zip(Self.profiles, lists) {
                lines.append("one that \(profile.name)")
                lines += list.filter { !common.contains($0) }
            }
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Fixtures/lockdown/system-calls.txt")
            let text = lines.joined(separator: "\n") + "\n"
            if ProcessInfo.processInfo.environment["EARSHOT_UPDATE_GOLDEN"] != nil {
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
        }

        /// Nil where it is refused whatever its arguments.
        private func summary(_ program: [sock_filter], _ number: Int32) -> String? {
            var verdicts: Set<UInt32> = []
            for first: UInt64 in [0, 3, 5, 7, 9, 1234, 4321, 0x0001_0000] {
                for second in [0, UInt64(F_GETFL), UInt64(F_SETFD), UInt64(TIOCGWINSZ), 1 << 20] {
                    for third: UInt64 in [0, 1, 4] {
                        let arguments: [UInt64] = [first, second, third, 0x1000, 0, 0]
                        let words = arguments.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)] }
                        verdicts.insert(verdict(program, [UInt32(bitPattern: number), 0xc000_003e, 0, 0] + words))
                    }
                }
            }
            if verdicts == [Self.allowed] { return "" }
            if verdicts.contains(Self.allowed) { return ", by its arguments" }
            if verdicts.contains(Self.fatal) { return ": ends the process" }
            return verdicts == [Self.refused] ? nil : ": does not exist"
        }

        private func systemCallNames() throws -> [Int32: String] {
            let header = try String(contentsOfFile: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", encoding: .utf8)
            var names: [Int32: String] = [:]
            for line in header.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.count == 3, words[1].hasPrefix("__NR_"), let number = Int32(words[2]) {
                    names[number] = String(words[1].dropFirst(5))
                }
            }
            return names
        }
    #endif
}
