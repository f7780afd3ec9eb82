import Host
import PacketCapture
import Rendering

/// Tells on a terminal how far a long file has been read.
struct Progress: ~Copyable {
    private let began = SteadyClock.coarseNanoseconds
    private var nextTelling: Int
    private var packets = 0
    private var isShown = false
    private let isWanted: Bool

    /// Files that take no longer are read before anybody asks.
    private static let patience = 1_000_000_000
    private static let interval = 200_000_000

    /// Nothing is told where the output, too, goes to the terminal: it shows itself how far things are.
    init() {
        isWanted = Terminal.isTerminal(2) && !Terminal.isTerminal()
        nextTelling = began + Self.patience
    }

    deinit { if isShown { StandardError.write("\r\u{1b}[K") } }

    /// Asked before every packet: whether it is time to look around, which is before the first and then once in 256.
    mutating func isDue() -> Bool {
        defer { packets &+= 1 }
        return packets & 0xff == 0
    }

    @inline(never)
    mutating func tell<Source: PacketSource & ~Copyable>(_ source: borrowing Source) {
        guard isWanted else { return }
        let now = SteadyClock.coarseNanoseconds
        guard now >= nextTelling, let progress = source.progress else { return }
        nextTelling = now + Self.interval
        isShown = true
        var line = ByteBuffer()
        line.write("\r")
        line.progressLine(read: progress.read, of: progress.size, after: now - began)
        line.write("\u{1b}[K")
        StandardError.write(line.string)
    }
}
