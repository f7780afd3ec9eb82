import CPcap
import Synchronization

/// How a compiled filter is printed, as tcpdump(1) prints it.
public enum FilterListingStyle: Sendable {
    /// `-d`: in words a person can follow.
    case assembly
    /// `-dd`: the initializers of an array in C.
    case cInitializers
    /// `-ddd`: decimal numbers, after a line with how many instructions there are.
    case decimal

    /// bpf_image's text is one buffer for the whole process.
    private static let imageBuffer = Mutex(())

    func listing(of program: [bpf_insn]) -> [String] {
        switch self {
        case .assembly:
            Self.imageBuffer.withLock { _ in
                program.indices.map { index in
                    var instruction = program[index]
                    return unsafe String(cString: bpf_image(&instruction, Int32(index)))
                }
            }
        case .cInitializers:
            program.map { instruction in
                let digits = String(instruction.k, radix: 16)
                let padding = String(repeating: "0", count: 8 - digits.count)
                return "{ 0x\(String(instruction.code, radix: 16)), \(instruction.jt), \(instruction.jf), "
                    + "0x\(padding)\(digits) },"
            }
        case .decimal:
            ["\(program.count)"]
                + program.map { "\($0.code) \($0.jt) \($0.jf) \($0.k)" }
        }
    }
}
