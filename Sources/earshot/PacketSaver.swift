import Glibc
import Host
import PacketCapture
import PacketDecoding
import Rendering

/// Writes each packet to a savefile, and prints it too where that is asked for.
struct PacketSaver: PacketConsumer, ~Copyable {
    private var writer: SavefileWriter
    private var printer: PacketPrinter?
    private let path: String
    private let flushesEachPacket: Bool
    private var seen = 0

    init(
        _ options: SaveOptions, path: String, linkType: LinkType, precision: TimestampPrecision, snapshotLength: Int,
        interface: String?, printer: consuming PacketPrinter?
    ) throws(Failure) {
        if path == "-", Terminal.isTerminal() {
            throw Failure(usage: "-w -: a savefile is no text for a terminal; send it into a file or a pipe")
        }
        do {
            writer = try SavefileWriter(
                path: path, format: path.hasSuffix(".pcapng") ? .pcapng : .pcap(precision), linkType: linkType,
                snapshotLength: snapshotLength, interface: interface)
        } catch {
            throw Failure(error)
        }
        self.path = path
        flushesEachPacket = options.flushesEachPacket
        self.printer = printer
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        seen += 1
        do throws(CaptureError) {
            try writer.write(frame)
            if flushesEachPacket { try writer.flush() }
        } catch {
            throw failure(error)
        }
        try printer?.consume(frame)
    }

    mutating func pause() throws(Failure) {
        try flush()
        try printer?.pause()
    }

    mutating func finish() throws(Failure) {
        try flush()
        try printer?.finish()
    }

    /// Ends the savefile with what the capture counted, which only pcapng keeps.
    consuming func close(statistics: CaptureStatistics?) throws(Failure) {
        do { try writer.close(statistics: statistics) } catch { throw Failure(error) }
    }

    private mutating func flush() throws(Failure) {
        do throws(CaptureError) { try writer.flush() } catch { throw failure(error) }
    }

    private func failure(_ error: CaptureError) -> Failure {
        if path == "-", error.errorNumber == EPIPE { return .outputClosed }
        let inner = Failure(error)
        return Failure("\(inner.message); \(writer.packetCount) of \(seen) packets written", status: inner.status)
    }
}

/// Counts packets and nothing else (`--count`).
struct PacketCounter: PacketConsumer {
    private var count = 0

    mutating func consume(_ frame: Frame) { count += 1 }

    mutating func pause() {}

    mutating func finish() throws(Failure) {
        var output = Output()
        output.buffer.decimal(count)
        output.buffer.write(count == 1 ? " packet\n" : " packets\n")
        try output.flush()
    }
}
