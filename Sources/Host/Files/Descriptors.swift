import Glibc

/// Descriptors that the program was started with.
public enum Descriptors {
    /// Closes all but 0 to 2 and those of `wanted`: what is not needed cannot be misused. What this program has opened is
    /// closed on exec, and so told apart.
    public static func closeInherited(but wanted: Set<Int32>) {
        guard let folder = unsafe opendir("/proc/self/fd") else { return }
        var inherited: [Int32] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if let descriptor = Int32(name), descriptor > STDERR_FILENO, !wanted.contains(descriptor) {
                inherited.append(descriptor)
            }
        }
        unsafe closedir(folder)
        for descriptor in inherited {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0, flags & FD_CLOEXEC == 0 { close(descriptor) }
        }
    }

    /// The descriptors that a command line asks for: `/dev/fd/N` and `/proc/self/fd/N`, which a shell's `<(…)` gives.
    public static func named(in arguments: [String]) -> Set<Int32> {
        var descriptors: Set<Int32> = []
        for argument in arguments {
            let bytes = Array(argument.utf8)
            for prefix in ["/dev/fd/", "/proc/self/fd/"] {
                let prefix = Array(prefix.utf8)
                guard bytes.count > prefix.count else { continue }
                for start in 0..<bytes.count - prefix.count where bytes[start...].starts(with: prefix) {
                    let digits = bytes[(start + prefix.count)...].prefix { (0x30...0x39).contains($0) }
                    if let descriptor = Int32(String(decoding: digits, as: UTF8.self)) {
                        descriptors.insert(descriptor)
                    }
                }
            }
        }
        return descriptors
    }
}
