// How far a long file has been read.

import PacketDecoding

extension ByteBuffer {
    /// `[########............]  40 %, 612 MB/s, 3 s left`: one line of less than 60 columns, without a line feed.
    ///
    /// - Parameters:
    ///   - read: bytes read of `size`.
    ///   - nanoseconds: since the reading began, more than 0.
    public mutating func progressLine(read: Int, of size: Int, after nanoseconds: Int) {
        let share = size > 0 ? min(1, Double(read) / Double(size)) : 1
        let seconds = Double(max(1, nanoseconds)) / 1e9
        let cells = Int(share * 20)
        write("[")
        repeated("#", cells)
        repeated(".", 20 - cells)
        write("] ")
        let percent = Int(share * 100)
        spaces(percent < 10 ? 2 : percent < 100 ? 1 : 0)
        decimal(percent)
        write(" %, ")
        decimal(Int(Double(read) / seconds / 1e6))
        write(" MB/s")
        guard share > 0 else { return }
        write(", ")
        // Rounded up: 0 s left would be done.
        duration(seconds: Int((seconds / share * (1 - share)).rounded(.up)))
        write(" left")
    }

    private mutating func duration(seconds: Int) {
        if seconds >= 3600 {
            decimal(seconds / 3600)
            write(" h ")
        }
        if seconds >= 60 {
            decimal(seconds / 60 % 60)
            write(" min ")
        }
        decimal(seconds % 60)
        write(" s")
    }
}
