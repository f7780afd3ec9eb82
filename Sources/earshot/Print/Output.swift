import Host
import PacketDecoding
import Rendering

/// What a command prints: a buffer in front of the standard output.
struct Output: ~Copyable {
    var buffer = ByteBuffer(capacity: 1 << 17)
    /// Where it goes, and is a terminal or not.
    var descriptor: Int32 = 1
    /// Writes out each packet at once (`-l`).
    var isUnbuffered = false

    /// Writes the buffer out when it is worth a system call.
    mutating func flushIfFull() throws(Failure) {
        if isUnbuffered || buffer.count >= 1 << 16 { try flush() }
    }

    mutating func flush() throws(Failure) {
        guard !buffer.isEmpty else { return }
        defer { buffer.removeAll() }
        do {
            try StandardOutput.write(buffer.bytes, to: descriptor)
        } catch {
            throw Failure(error)
        }
    }
}

extension ByteBuffer {
    /// A name that others chose, as messages show it.
    mutating func name(_ text: String) { append(text.escapedForMessage) }
}
