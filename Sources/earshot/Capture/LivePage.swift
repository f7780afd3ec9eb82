import Host
import PacketDecoding
import Rendering

/// A page that is drawn over and over on a terminal's other screen, so that what stood on the first is there again at
/// the end (xterm's private modes, 1049).
struct LivePage {
    private var isOpen = false
    private var size = (columns: 0, rows: 0)

    /// Whether the terminal is no longer of the size that the page was drawn for.
    var isOutdated: Bool { isOpen && size != Self.size }

    private static var size: (columns: Int, rows: Int) { (max(1, Terminal.width()), max(1, Terminal.height())) }

    /// Draws the lines of a page that fit: no line wraps, nothing scrolls.
    mutating func draw(_ page: borrowing ByteBuffer, to sink: inout ByteBuffer) {
        if !isOpen { sink.write("\u{1b}[?1049h") }
        isOpen = true
        size = Self.size
        sink.write("\u{1b}[H")
        let bytes = page.bytes
        var column = 0
        var row = 1
        for offset in 0..<bytes.byteCount {
            let byte = bytes.byte(at: offset)
            if byte == 0x0a {
                // What the line was longer by, before.
                sink.write("\u{1b}[K")
                if row == size.rows || offset == bytes.byteCount - 1 { break }
                sink.write("\n")
                row += 1
                column = 0
                continue
            }
            // The bytes of a character behind its first belong to it.
            if byte & 0xc0 != 0x80 { column += 1 }
            // The last column is left free: some terminals wrap there.
            if column < size.columns { sink.write(byte: byte) }
        }
        sink.write("\u{1b}[J")
    }

    /// Gives the terminal back as it was.
    mutating func close(to sink: inout ByteBuffer) {
        guard isOpen else { return }
        isOpen = false
        sink.write("\u{1b}[?1049l")
    }
}
