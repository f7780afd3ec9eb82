import CLinux
import CPcap
import Glibc

/// The program the kernel runs on each frame of a packet socket, before it is counted (SO_ATTACH_FILTER, socket(7)).
struct KernelFilter {
    let instructions: [bpf_insn]

    /// A program that returns `length` for every frame: that many bytes are kept of it; 0 rejects it.
    init(keeping length: Int) {
        instructions = [Self.return(UInt32(clamping: length))]
    }

    /// - Parameters:
    ///   - program: as libpcap compiled it for the link's frames.
    ///   - link: what the socket is bound to.
    /// - Returns: nil when the program looks at parts of the cooked header that the kernel cannot tell it.
    init?(_ program: [bpf_insn], on link: CaptureLink) {
        guard link.framing == .cooked else {
            instructions = program
            return
        }
        var translated: [bpf_insn] = []
        for instruction in program {
            guard let instruction = Self.translateCooked(instruction) else { return nil }
            translated.append(instruction)
        }
        instructions = translated
    }

    private init(instructions: [bpf_insn]) {
        self.instructions = instructions
    }

    /// The same program behind one that rejects what must not be counted: frames of the other direction, and
    /// loopback frames on their way out, for they come in again.
    func restricted(to direction: CaptureDirection, on link: CaptureLink) -> KernelFilter {
        var prefix: [bpf_insn] = []
        let outgoing = UInt32(PACKET_OUTGOING)
        switch direction {
        case .both: break
        case .incoming: prefix += [Self.loadPacketType, Self.jump(ifEqual: outgoing, 0, else: 1), Self.return(0)]
        case .outgoing: prefix += [Self.loadPacketType, Self.jump(ifEqual: outgoing, 1, else: 0), Self.return(0)]
        }
        if link.isLoopback || link.index == 0 {
            prefix += [
                Self.loadPacketType, Self.jump(ifEqual: outgoing, 0, else: 3),
                Self.loadHardwareType, Self.jump(ifEqual: UInt32(HardwareType.loopback), 0, else: 1),
                Self.return(0),
            ]
        }
        // Jumps are relative, so the program can stand behind anything.
        return KernelFilter(instructions: prefix + instructions)
    }

    /// Attaches the program to a socket in place of the one before it.
    ///
    /// - Returns: 0, or an errno: EINVAL for a program too long, ENOMEM where it passes net.core.optmem_max.
    func attach(to socket: Int32) -> Int32 {
        var filters = instructions.map { sock_filter(code: $0.code, jt: $0.jt, jf: $0.jf, k: $0.k) }
        return unsafe filters.withUnsafeMutableBufferPointer { filters in
            var program = unsafe sock_fprog(len: UInt16(clamping: filters.count), filter: filters.baseAddress)
            let size = unsafe socklen_t(MemoryLayout<sock_fprog>.size)
            return unsafe setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, size) == 0 ? 0 : errno
        }
    }

    /// What an instruction for frames with a cooked header becomes where the kernel sees them without it.
    private static func translateCooked(_ instruction: bpf_insn) -> bpf_insn? {
        let code = Int32(instruction.code)
        let mode = code & 0xe0
        guard code & 0x07 == CPcap.BPF_LD || code & 0x07 == CPcap.BPF_LDX else { return instruction }
        // The kernel's packet is shorter by the cooked header.
        if mode == CPcap.BPF_LEN { return nil }
        guard mode == CPcap.BPF_ABS || mode == CPcap.BPF_IND || mode == CPcap.BPF_MSH else { return instruction }
        if looksBesideFrame(instruction) { return instruction }

        var result = instruction
        let headerLength = unsafe UInt32(RingSlot.cookedHeaderLength)
        if instruction.k >= headerLength {
            result.k -= headerLength
            return result
        }
        switch (code, instruction.k) {
        case (CPcap.BPF_LD | CPcap.BPF_H | CPcap.BPF_ABS, 0): result.k = auxiliary(SKF_AD_PROTOCOL)
        case (CPcap.BPF_LD | CPcap.BPF_W | CPcap.BPF_ABS, 4): result.k = auxiliary(SKF_AD_IFINDEX)
        case (CPcap.BPF_LD | CPcap.BPF_B | CPcap.BPF_ABS, 10): result.k = auxiliary(SKF_AD_PKTTYPE)
        default: return nil
        }
        return result
    }

    /// Whether an instruction asks for what the kernel knows beside the frame, at offsets that are negative numbers.
    static func looksBesideFrame(_ instruction: bpf_insn) -> Bool {
        let code = Int32(instruction.code)
        return code & 0x07 == CPcap.BPF_LD && code & 0xe0 == CPcap.BPF_ABS && instruction.k >= auxiliary(0)
    }

    private static var loadPacketType: bpf_insn { load(SKF_AD_PKTTYPE) }
    private static var loadHardwareType: bpf_insn { load(SKF_AD_HATYPE) }

    private static func load(_ field: Int32) -> bpf_insn {
        bpf_insn(code: UInt16(CPcap.BPF_LD | CPcap.BPF_W | CPcap.BPF_ABS), jt: 0, jf: 0, k: auxiliary(field))
    }

    private static func jump(ifEqual value: UInt32, _ then: UInt8, else otherwise: UInt8) -> bpf_insn {
        bpf_insn(code: UInt16(CPcap.BPF_JMP | CPcap.BPF_JEQ | CPcap.BPF_K), jt: then, jf: otherwise, k: value)
    }

    private static func `return`(_ length: UInt32) -> bpf_insn {
        bpf_insn(code: UInt16(CPcap.BPF_RET | CPcap.BPF_K), jt: 0, jf: 0, k: length)
    }

    /// Where the kernel answers for what it knows beside the frame.
    private static func auxiliary(_ field: Int32) -> UInt32 {
        UInt32(bitPattern: SKF_AD_OFF + field)
    }
}
