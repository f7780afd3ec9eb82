import CLinux
import Glibc

/// Which system calls a process that decodes hostile bytes may still make (seccomp(2)).
///
/// What is not listed fails with EPERM and the program goes on; what only an intruder would try ends it (SIGSYS). The
/// rules become classic BPF: a search tree over the numbers, at whose leaves arguments are looked at.
struct SeccompFilter {
    /// What becomes of the system calls from a number on: instructions that end in a verdict.
    private struct Rule {
        let start: UInt32
        let body: [sock_filter]
    }

    /// One for each system call that is not refused.
    private var rules: [Rule] = []

    /// - Parameters:
    ///   - packetSockets: descriptors that are never written to: a packet socket sends what is written to it.
    ///   - children: processes that can still be sent signals.
    ///   - process: the id of the process that the filter is for.
    ///   - opensFiles: whether it makes files, gives them away and hands them over.
    ///   - sendingSockets: descriptors that can be sent through; none other.
    ///   - converses: whether it accepts connections and talks over all sockets that it has.
    init(
        packetSockets: [Int32], children: [Int32], process: Int32, opensFiles: Bool = false,
        sendingSockets: [Int32] = [], converses: Bool = false
    ) {
        rules.reserveCapacity(128)
        let allow = [Self.allow]
        for number in Self.allowed { add(number, allow) }
        let kill = [Self.return(SECCOMP_RET_KILL_PROCESS)]
        for number in Self.fatal { add(number, kill) }
        addDescriptorRules(packetSockets: packetSockets)
        if opensFiles {
            for number in [SYS_openat, SYS_unlinkat, SYS_fchown, SYS_sendmsg, SYS_newfstatat] { add(number, allow) }
        }
        addSendingRules(sendingSockets, converses: converses)
        addMemoryAndThreadRules()
        add(SYS_kill, Self.when(argument: 0, isOneOf: children.map { UInt32(bitPattern: $0) }))
        // raise(3), which abort(3) ends with.
        add(SYS_tgkill, Self.when(argument: 0, isOneOf: [UInt32(bitPattern: process)]))
    }

    private mutating func add(_ number: Int32, _ body: [sock_filter]) {
        rules.append(Rule(start: UInt32(number), body: body))
    }

    private mutating func addDescriptorRules(packetSockets: [Int32]) {
        let forbidden = packetSockets.map { UInt32(bitPattern: $0) }
        let writing = Self.when(argument: 0, isOneOf: forbidden, then: Self.deny, otherwise: Self.allow)
        add(SYS_write, writing)
        add(SYS_writev, writing)
        // Not F_DUPFD: under another number a packet socket could be written to.
        add(SYS_fcntl, Self.when(argument: 1, isOneOf: [F_GETFD, F_SETFD, F_GETFL].map { UInt32($0) }))
        add(SYS_ioctl, Self.when(argument: 1, isOneOf: Self.questions))
    }

    private mutating func addSendingRules(_ sockets: [Int32], converses: Bool) {
        if converses {
            for number in [SYS_accept4, SYS_sendto, SYS_setsockopt, SYS_shutdown, SYS_getsockname, SYS_getpeername] {
                add(number, [Self.allow])
            }
        } else if !sockets.isEmpty {
            let sending = Self.when(argument: 0, isOneOf: sockets.map { UInt32(bitPattern: $0) })
            for number in [SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_setsockopt] { add(number, sending) }
            add(SYS_recvmmsg, [Self.allow])
        }
    }

    private mutating func addMemoryAndThreadRules() {
        let mapping = Self.when(argument: 2, hasAnyOf: UInt32(PROT_EXEC), then: Self.deny, otherwise: Self.allow)
        add(SYS_mmap, mapping)
        add(SYS_mprotect, mapping)
        add(SYS_clone, Self.when(argument: 0, hasAnyOf: Self.threadFlag))
        // Its flags are in memory, out of a filter's sight; the C library then takes clone.
        add(SYS_clone3, [Self.return(SECCOMP_RET_ERRNO | UInt32(ENOSYS))])
        add(SYS_prctl, Self.when(argument: 0, isOneOf: [UInt32(PR_SET_NAME)]))
        // Limits are only asked for: no new ones.
        add(
            SYS_prlimit64,
            [
                Self.loadArgument(2), Self.jump(BPF_JEQ, 0, then: 0, else: 3),
                Self.loadArgument(2, isHighHalf: true), Self.jump(BPF_JEQ, 0, then: 0, else: 1),
                Self.allow, Self.deny,
            ])
    }

    /// The program, for the architecture it is compiled on.
    var program: [sock_filter] {
        // Another architecture's numbers mean other calls.
        [
            Self.load(offset: 4), Self.jump(BPF_JEQ, Self.architecture, then: 1, else: 0), Self.deny,
            Self.load(offset: 0),
        ] + Self.tree(ranges[...])
    }

    /// The rules and, between them, refusals; neighbours with the same verdict are one.
    private var ranges: [Rule] {
        let refusal = [Self.deny]
        var ranges = [Rule(start: 0, body: refusal)]
        func append(_ rule: Rule) {
            if ranges[ranges.count - 1].start == rule.start { ranges.removeLast() }
            if let last = ranges.last, Self.areSame(last.body, rule.body) { return }
            ranges.append(rule)
        }
        for rule in rules.sorted(by: { $0.start < $1.start }) {
            append(rule)
            append(Rule(start: rule.start + 1, body: refusal))
        }
        return ranges
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
    private static var allowed: [Int32] {
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
        return numbers
    }

    /// Starting programs, looking into other processes, and putting code into the kernel.
    private static var fatal: [Int32] {
        [SYS_execve, SYS_execveat, SYS_ptrace, SYS_bpf, SYS_init_module, SYS_finit_module, SYS_delete_module]
    }

    /// What may be asked of a descriptor (ioctl(2)): the terminal's settings and size, and interfaces.
    private static var questions: [UInt32] {
        [TCGETS, TIOCGWINSZ, SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR].map { UInt32($0) }
    }

    /// A new thread and not a process (CLONE_THREAD in linux/sched.h).
    private static var threadFlag: UInt32 { 0x0001_0000 }

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
    /// A search by halves, for the last range that begins at or below the number.
    private static func tree(_ ranges: ArraySlice<Rule>) -> [sock_filter] {
        if ranges.count == 1 { return ranges.first?.body ?? [deny] }
        let middle = ranges.startIndex + ranges.count / 2
        let lower = tree(ranges[..<middle])
        let start = ranges[middle].start
        // Only the jump without a condition can be long.
        let jumps =
            if let near = UInt8(exactly: lower.count) {
                [jump(BPF_JGE, start, then: near, else: 0)]
            } else {
                [jump(BPF_JGE, start, then: 0, else: 1), jump(over: lower.count)]
            }
        return jumps + lower + tree(ranges[middle...])
    }

    private static func areSame(_ one: [sock_filter], _ other: [sock_filter]) -> Bool {
        one.count == 1 && other.count == 1 && one[0].k == other[0].k
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
