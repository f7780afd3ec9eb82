import Glibc

/// Whole small files of text.
public enum TextFile {
    /// Bytes read at most; what is longer is no text a person wrote.
    public static let limit = 1 << 20

    /// The contents of the file at `path`, invalid UTF-8 repaired.
    public static func contents(of path: String) throws(HostError) -> String {
        let descriptor = unsafe open(path.systemText, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw HostError("opening \(path)", errno: errno) }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count == 0 { return String(decoding: contents, as: UTF8.self) }
            if count < 0 {
                if errno == EINTR { continue }
                throw HostError("reading \(path)", errno: errno)
            }
            contents += chunk[..<count]
            if contents.count > limit { throw HostError("reading \(path)", errno: EFBIG) }
        }
    }
}
