import Conversations
import Host
import PacketDecoding
import Rendering

/// Prints each packet as the options say.
struct PacketPrinter: PacketConsumer, ~Copyable {
    private let options: PrintOptions
    private var decoder: PacketDecoder
    private var bases = SequenceBases()
    private var line: SummaryLine
    private var localTime = LocalTime()
    private var output = Output()

    init(_ options: PrintOptions) throws(Failure) {
        self.options = options
        decoder = PacketDecoder(ports: try options.decoding.ports())
        line = SummaryLine(options.summary)
        output.isUnbuffered = options.isLineBuffered
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        let offset = frame.header.timestamp.map { localTime.offsetFromUTC(at: $0.seconds) } ?? 0
        let packet = decoder.decode(frame)
        var context = SummaryContext()
        context.isBrief = options.isBrief
        if !options.absoluteSequenceNumbers, let tcp = packet.firstIndex(of: .tcp) {
            (context.sequenceBase, context.acknowledgmentBase) = bases.bases(for: packet, at: tcp)
        }
        line.write(packet, context: context, utcOffset: offset, to: &output.buffer)
        if options.verbosity > 0 {
            output.buffer.verboseTree(packet, showsBytes: options.verbosity > 1)
        }
        if let style = options.dumpStyle {
            output.buffer.hexDump(packet, style, includesLinkHeader: options.dumpsLinkHeader)
        }
        try output.flushIfFull()
    }

    mutating func pause() throws(Failure) { try output.flush() }

    mutating func finish() throws(Failure) { try output.flush() }
}

extension PrintOptions {
    fileprivate var summary: SummaryOptions {
        var summary = SummaryOptions()
        let styles: [TimeStyle] = [.clock, .none, .epoch, .sincePrevious, .dateAndClock, .sinceFirst]
        summary.time = TimeFormat(styles[min(time, 5)], precision: nano ? .nanoseconds : .microseconds)
        summary.showsLinkHeader = showsLink
        summary.showsNumber = isNumbered
        return summary
    }

    fileprivate var dumpStyle: HexDumpStyle? {
        if ascii { return .ascii }
        if hexAndASCII > 0 { return .hexAndASCII }
        return hex > 0 ? .hex : nil
    }

    fileprivate var dumpsLinkHeader: Bool { hex > 1 || hexAndASCII > 1 }
}
