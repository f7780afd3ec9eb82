#if DEBUG
    import CLinux
    import Glibc

    /// What somebody would try who got to run code in this process, for tests of the lockdown. Only builds for
    /// debugging have it.
    public struct Intruder {
        private let wanted: [String]
        private let began = ContinuousClock.now
        /// From before the lockdown, as if the program had needed it.
        private let datagramSocket: Int32

        /// Nil unless `EARSHOT_INTRUDER` names attempts, separated by commas. Comes before the lockdown.
        public init?() {
            guard let text = Environment.value("EARSHOT_INTRUDER") else { return nil }
            wanted = text.split(separator: ",").map(String.init)
            datagramSocket = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        }

        /// Tries, after the lockdown, and says on stderr what came of each attempt: `ok`, or what the system said.
        ///
        /// - Parameter packetSockets: the first is tried to be misused.
        public func act(packetSockets: [Int32]) {
            let duration = ContinuousClock.now - began
            for name in wanted {
                if name == "time" {
                    StandardError.write(line: "time: \(duration / .microseconds(1))")
                    continue
                }
                guard let attempt = attempts(on: packetSockets.first ?? -1)[name] else {
                    StandardError.write(line: "\(name): unknown")
                    continue
                }
                let result = attempt()
                let verdict = result >= 0 ? "ok" : unsafe String(cString: strerror(errno))
                StandardError.write(line: "\(name): \(verdict)")
            }
        }

        private func attempts(on packetSocket: Int32) -> [String: () -> Int] {
            let frame = [UInt8](repeating: 0xff, count: 60)
            var local = sockaddr_in()
            local.sin_family = sa_family_t(AF_INET)
            local.sin_port = UInt16(9).bigEndian
            local.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            func address(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int {
                unsafe withUnsafePointer(to: &local) { local in
                    unsafe local.withMemoryRebound(to: sockaddr.self, capacity: 1) { local in
                        unsafe Int(body(local, socklen_t(MemoryLayout<sockaddr_in>.size)))
                    }
                }
            }
            return [
                "open": { unsafe Int(Glibc.open("/etc/passwd", O_RDONLY)) },
                "create": { unsafe Int(Glibc.open("intruder", O_WRONLY | O_CREAT, 0o600)) },
                "unlink": { unsafe Int(Glibc.unlink("out.pcap")) },
                "socket": { Int(Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)) },
                "connect": { unsafe address { address, size in unsafe Glibc.connect(datagramSocket, address, size) } },
                "bind": { unsafe address { address, size in unsafe Glibc.bind(packetSocket, address, size) } },
                "setsockopt": {
                    var value: Int32 = 1
                    return unsafe Int(Glibc.setsockopt(packetSocket, SOL_SOCKET, SO_REUSEADDR, &value, 4))
                },
                "write": { unsafe Glibc.write(packetSocket, frame, frame.count) },
                "sendto": {
                    unsafe frame.withUnsafeBytes { bytes in
                        unsafe address { address, size in
                            unsafe Int32(
                                Glibc.sendto(packetSocket, bytes.baseAddress, bytes.count, 0, address, size))
                        }
                    }
                },
                "dup": { Int(Glibc.dup(packetSocket)) },
                "dup2": { Int(Glibc.dup2(packetSocket, 99)) },
                "fcntl": { Int(Glibc.fcntl(packetSocket, F_DUPFD, 100)) },
                "setuid": { Int(Glibc.setuid(0)) },
                "kill": { Int(Glibc.kill(getppid(), 0)) },
                "fork": { call(SYS_clone, UInt(SIGCHLD)) },
                "unshare": { call(SYS_unshare, 0x1000_0000) },
                "io_uring": { call(SYS_io_uring_setup, 4) },
                "code": {
                    let memory = unsafe mmap(nil, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                    return unsafe memory == MAP_FAILED ? -1 : 0
                },
                "execve": { unsafe Int(Glibc.execve("/bin/true", [nil], [nil])) },
                "ptrace": { call(SYS_ptrace, 0) },
                "bpf": { call(SYS_bpf, 0) },
            ]
        }

        /// Swift hides variadic functions.
        private func call(_ number: Int32, _ argument: UInt) -> Int {
            typealias SystemCall = @convention(c) (Int, UInt, UInt, UInt, UInt, UInt) -> Int
            guard let function = unsafe dlsym(nil, "syscall") else { return -1 }
            return unsafe unsafeBitCast(function, to: SystemCall.self)(Int(number), argument, 0, 0, 0, 0)
        }
    }
#endif
