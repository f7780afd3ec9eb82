import CLinux
import Glibc

/// Which system calls a process that decodes hostile bytes may still make (seccomp(2)).
///
/// What is not listed fails with EPERM and the program goes on; what only an intruder would try ends it (SIGSYS). It
/// is a list of rules made into classic BPF: a search tree over the numbers, at whose leaves arguments are looked at.
struct SeccompFilter {
    /// What becomes of one system call: instructions that end in a verdict.
    private var rules: [UInt32: [sock_filter]] = [:]

    /// - Parameters:
    ///   - packetSockets: descriptors that are never written to: a packet socket sends what is written to it.
    ///   - children: processes that can still be sent signals.
    ///   - process: the id of the process that the filter is for.
    init(packetSockets: [Int32], children: [Int32], process: Int32) {
        for number in Self.allowed { rules[UInt32(number)] = [Self.allow] }
        for number in Self.fatal { rules[UInt32(number)] = [Self.return(SECCOMP_RET_KILL_PROCESS)] }
        addDescriptorRules(packetSockets: packetSockets)
        addMemoryAndThreadRules()
        rules[UInt32(SYS_kill)] = Self.when(argument: 0, isOneOf: children.map { UInt32(bitPattern: $0) })
        // raise(3), which abort(3) ends with.
        rules[UInt32(SYS_tgkill)] = Self.when(argument: 0, isOneOf: [UInt32(bitPattern: process)])
    }

    private mutating func addDescriptorRules(packetSockets: [Int32]) {
        let forbidden = packetSockets.map { UInt32(bitPattern: $0) }
        for number in [SYS_write, SYS_writev] {
            rules[UInt32(number)] = Self.when(argument: 0, isOneOf: forbidden, then: Self.deny, otherwise: Self.allow)
        }
        // Not F_DUPFD: under another number a packet socket could be written to.
        rules[UInt32(SYS_fcntl)] = Self.when(argument: 1, isOneOf: [F_GETFD, F_SETFD, F_GETFL].map { UInt32($0) })
        rules[UInt32(SYS_ioctl)] = Self.when(argument: 1, isOneOf: Self.questions)
        // fstat(3) is fstatat(3) without a path.
        rules[UInt32(SYS_newfstatat)] = Self.when(argument: 3, hasAnyOf: Self.emptyPathFlag)
    }

    private mutating func addMemoryAndThreadRules() {
        let executable = UInt32(PROT_EXEC)
        for number in [SYS_mmap, SYS_mprotect] {
            rules[UInt32(number)] = Self.when(
                argument: 2, hasAnyOf: executable, then: Self.deny, otherwise: Self.allow)
        }
        rules[UInt32(SYS_clone)] = Self.when(argument: 0, hasAnyOf: Self.threadFlag)
        // Its flags are in memory, out of a filter's sight; the C library then takes clone.
        rules[UInt32(SYS_clone3)] = [Self.return(SECCOMP_RET_ERRNO | UInt32(ENOSYS))]
        rules[UInt32(SYS_prctl)] = Self.when(argument: 0, isOneOf: [UInt32(PR_SET_NAME)])
        // Limits are only asked for: no new ones.
        rules[UInt32(SYS_prlimit64)] = [
            Self.loadArgument(2), Self.jump(BPF_JEQ, 0, then: 0, else: 3),
            Self.loadArgument(2, isHighHalf: true), Self.jump(BPF_JEQ, 0, then: 0, else: 1),
            Self.allow, Self.deny,
        ]
    }

    /// The program, for the architecture it is compiled on.
    var program: [sock_filter] {
        let tree = Self.tree(rules.sorted { $0.key < $1.key }[...])
        // Another architecture's numbers mean other calls.
        let prologue = [
            Self.load(offset: 4), Self.jump(BPF_JEQ, Self.architecture, then: 1, else: 0), Self.deny,
            Self.load(offset: 0),
        ]
        return prologue + tree
    }

    /// Puts it on all threads, for good. Asks for no-new-privileges before.
    func install() throws(HostError) {
        var program = program
        let code = unsafe earshot_seccomp_install(&program, program.count)
        guard code == 0 else { throw HostError("filtering system calls (seccomp)", errno: code) }
    }
}

extension SeccompFilter {
    /// Calls without an argument that could do harm. What opens, connects, sends, duplicates or starts is not here.
    private static var allowed: [Int] {
        var numbers = [
            // Descriptors that are open.
            SYS_read, SYS_readv, SYS_pread64, SYS_lseek, SYS_close, SYS_fstat, SYS_ftruncate, SYS_fsync, SYS_fdatasync,
            // Waiting.
            SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2,
            SYS_timerfd_create, SYS_timerfd_settime, SYS_nanosleep, SYS_clock_nanosleep, SYS_restart_syscall,
            SYS_wait4, SYS_waitid,
            // What a packet socket counted, and descriptors that the opener hands over.
            SYS_getsockopt, SYS_recvmsg, SYS_recvfrom,
            // Memory.
            SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk,
            // Threads.
            SYS_futex, SYS_set_robust_list, SYS_rseq, SYS_set_tid_address, SYS_sched_yield, SYS_sched_getaffinity,
            SYS_getcpu, SYS_exit, SYS_exit_group,
            // Signals.
            SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack,
            // Questions about time, this process and the machine.
            SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid,
            SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getrusage, SYS_times, SYS_uname, SYS_sysinfo, SYS_getrandom,
        ]
        #if arch(x86_64)
            // Newer architectures have only what these became.
            numbers += [SYS_poll, SYS_select, SYS_epoll_wait, SYS_time, SYS_getrlimit, SYS_arch_prctl]
        #endif
        return numbers.map { Int($0) }
    }

    /// Starting programs, looking into other processes, and putting code into the kernel.
    private static var fatal: [Int] {
        [SYS_execve, SYS_execveat, SYS_ptrace, SYS_bpf, SYS_init_module, SYS_finit_module, SYS_delete_module]
            .map { Int($0) }
    }

    /// What may be asked of a descriptor (ioctl(2)): the terminal's settings and size, and interfaces.
    private static var questions: [UInt32] {
        [TCGETS, TIOCGWINSZ, SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR].map { UInt32($0) }
    }

    /// A new thread and not a process (CLONE_THREAD in linux/sched.h).
    private static var threadFlag: UInt32 { 0x0001_0000 }

    /// AT_EMPTY_PATH in linux/fcntl.h.
    private static var emptyPathFlag: UInt32 { 0x1000 }

    private static var architecture: UInt32 {
        #if arch(x86_64)
            0xc000_003e  // AUDIT_ARCH_X86_64
        #elseif arch(arm64)
            0xc000_00b7  // AUDIT_ARCH_AARCH64
        #endif
    }
}

// Classic BPF over struct seccomp_data: the number at 0, the architecture at 4, arguments of 8 bytes from 16 on.
extension SeccompFilter {
    /// A search by halves; no call takes more than a handful of comparisons.
    private static func tree(_ rules: ArraySlice<(key: UInt32, value: [sock_filter])>) -> [sock_filter] {
        if rules.count <= 2 {
            return rules.flatMap { rule in
                [jump(BPF_JEQ, rule.key, then: 0, else: UInt8(rule.value.count))] + rule.value
            } + [deny]
        }
        let middle = rules.startIndex + rules.count / 2
        let lower = tree(rules[..<middle])
        let upper = tree(rules[middle...])
        // The jump that can be long is the one without a condition.
        return [jump(BPF_JGE, rules[middle].key, then: 0, else: 1), jump(over: lower.count)] + lower + upper
    }

    /// Compares an argument's low half, which is all the kernel takes of descriptors, requests and signals' targets.
    private static func when(
        argument: Int, isOneOf values: [UInt32], then: sock_filter = allow, otherwise: sock_filter = deny
    ) -> [sock_filter] {
        [loadArgument(argument)] + values.flatMap { [jump(BPF_JEQ, $0, then: 0, else: 1), then] } + [otherwise]
    }

    private static func when(
        argument: Int, hasAnyOf bits: UInt32, then: sock_filter = allow, otherwise: sock_filter = deny
    ) -> [sock_filter] {
        [loadArgument(argument), jump(BPF_JSET, bits, then: 0, else: 1), then, otherwise]
    }

    private static func loadArgument(_ index: Int, isHighHalf: Bool = false) -> sock_filter {
        // Both architectures are little-endian.
        load(offset: UInt32(16 + 8 * index + (isHighHalf ? 4 : 0)))
    }

    private static func load(offset: UInt32) -> sock_filter {
        sock_filter(code: UInt16(BPF_LD | BPF_W | BPF_ABS), jt: 0, jf: 0, k: offset)
    }

    private static func jump(_ test: Int32, _ value: UInt32, then: UInt8, else otherwise: UInt8) -> sock_filter {
        sock_filter(code: UInt16(BPF_JMP | test | BPF_K), jt: then, jf: otherwise, k: value)
    }

    private static func jump(over count: Int) -> sock_filter {
        sock_filter(code: UInt16(BPF_JMP | BPF_JA), jt: 0, jf: 0, k: UInt32(count))
    }

    private static func `return`(_ verdict: UInt32) -> sock_filter {
        sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: verdict)
    }

    private static var allow: sock_filter { `return`(SECCOMP_RET_ALLOW) }
    private static var deny: sock_filter { `return`(SECCOMP_RET_ERRNO | UInt32(EPERM)) }
}
