import CLinux
import Glibc

/// A file that exists only in memory (memfd_create(2)), for what takes a path.
public struct MemoryFile: ~Copyable {
    private let descriptor: Int32

    /// Where this process, and no other, can open it (proc(5)).
    public var path: String { "/proc/self/fd/\(descriptor)" }

    public init(contents: [UInt8]) throws(HostError) {
        descriptor = earshot_memory_file()
        guard descriptor >= 0 else { throw HostError("making a file in memory", errno: errno) }
        do {
            try unsafe StandardOutput.write(contents.span.bytes, to: descriptor)
        } catch {
            close(descriptor)
            throw HostError("filling a file in memory", errno: ENOMEM)
        }
    }

    deinit { close(descriptor) }
}
