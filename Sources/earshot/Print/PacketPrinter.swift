import Conversations
import Host
import PacketCapture
import PacketDecoding
import Rendering

/// Prints each packet as the options say.
struct PacketPrinter: PacketConsumer, ~Copyable {
    private var decoder: RecognizingDecoder
    private var text: PacketText

    /// - Parameters:
    ///   - interfaceNames: by the kernel's index; empty for a savefile, which may come from another machine.
    ///   - descriptor: where the lines go.
    init(
        _ options: PrintOptions, interfaceNames: [UInt32: String] = [:], to descriptor: Int32 = 1
    ) throws(Failure) {
        self.init(try PrintStyle(options, interfaceNames: interfaceNames, to: descriptor))
    }

    init(_ style: PrintStyle) {
        decoder = RecognizingDecoder(ports: style.ports)
        text = PacketText(style)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        try decoder.decode(frame) { packet, context, message throws(Failure) in
            try text.print(packet, context, message: message)
        }
    }

    var printsToOutput: Bool { text.output.descriptor == 1 }

    mutating func tick(dropped: Int) throws(Failure) { try text.output.flush() }

    mutating func note(_ event: CaptureEvent) {
        switch event {
        case .appeared(let name, let index), .renamed(_, let name, let index): text.name(interface: index, name)
        default: break
        }
    }

    mutating func pause() throws(Failure) { try text.output.flush() }

    mutating func finish() throws(Failure) { try text.output.flush() }
}

/// How packets are printed. Reading a parsed option looks up its type: too slow to do it per packet.
struct PrintStyle: Sendable {
    fileprivate let format: OutputFormat
    fileprivate let isBrief, absoluteSequenceNumbers, dumpsLinkHeader, isUnbuffered: Bool
    fileprivate let verbosity: Int
    fileprivate let dump: HexDumpStyle?
    fileprivate let summary: SummaryOptions
    fileprivate let descriptor: Int32
    let ports: PortMap

    init(
        _ options: PrintOptions, interfaceNames: [UInt32: String] = [:], to descriptor: Int32 = 1
    ) throws(Failure) {
        self.descriptor = descriptor
        format = options.format
        isBrief = options.isBrief
        absoluteSequenceNumbers = options.absoluteSequenceNumbers
        dumpsLinkHeader = options.dumpsLinkHeader
        isUnbuffered = options.isLineBuffered || Terminal.isTerminal(descriptor)
        verbosity = options.verbosity
        dump = options.dumpStyle
        var summary = options.summary(on: descriptor)
        summary.interfaceNames = interfaceNames
        self.summary = summary
        ports = try options.decoding.ports()
    }

    /// What a packet's time counts from.
    var timeOrigin: TimeOrigin {
        guard format == .text else { return .none }
        switch summary.time.style {
        case .sincePrevious: return .previous
        case .sinceFirst: return .first
        default: return .none
        }
    }

    /// Whether a fragment that completes its datagram is followed by the datagram's layers.
    var reassembles: Bool { format == .text && verbosity > 0 }

    /// Whether each layer's bytes are shown (`-vv`).
    var showsBytes: Bool { verbosity > 1 }
}

/// Which packet before it the time of a packet counts from, if any.
enum TimeOrigin {
    case none, previous, first
}

/// A packet's line, and below it what else the options ask for; or its JSON.
struct PacketText: ~Copyable {
    private let style: PrintStyle
    private var line: SummaryLine
    private var localTime = LocalTime()
    private var reassembled: ReassembledLayers
    private let reassembles: Bool
    var output = Output()

    /// - Parameter reassembles: whether it sees every packet, so that it can put fragments together by itself.
    init(_ style: PrintStyle, reassembles: Bool = true) {
        self.style = style
        self.reassembles = reassembles
        line = SummaryLine(style.summary)
        reassembled = ReassembledLayers(ports: style.ports)
        output.descriptor = style.descriptor
        output.isUnbuffered = style.isUnbuffered
    }

    /// Interfaces come and are renamed while they are captured.
    mutating func name(interface index: UInt32, _ name: String) { line.interfaceNames[index] = name }

    /// The next packet's time counts from this one, where it does so at all.
    mutating func countTimes(from reference: Timestamp?) { line.countTimes(from: reference) }

    /// Prints, and writes out when that is worth a system call.
    ///
    /// - Parameters:
    ///   - message: the bytes of the message that the packet completes.
    ///   - datagram: what has been written of the datagram that the packet completes.
    mutating func print(
        _ packet: Packet, _ context: PacketContext, message: RawSpan, reassembled datagram: RawSpan = RawSpan()
    ) throws(Failure) {
        writeLines(packet, context, message, datagram)
        var start = style.format == .text && style.dump != nil ? 0 : nil
        while let piece = start, let dump = style.dump {
            start = output.buffer.hexDump(packet, dump, includesLinkHeader: style.dumpsLinkHeader, from: piece)
            // The bytes of a large packet are many lines.
            if start != nil { try output.flushIfFull() }
        }
        try output.flushIfFull()
    }

    /// The same into the buffer, however full it is.
    mutating func format(
        _ packet: Packet, _ context: PacketContext, message: RawSpan, reassembled datagram: RawSpan = RawSpan()
    ) {
        writeLines(packet, context, message, datagram)
        if style.format == .text, let dump = style.dump {
            output.buffer.hexDump(packet, dump, includesLinkHeader: style.dumpsLinkHeader)
        }
    }

    /// Prints all but the dump.
    private mutating func writeLines(
        _ packet: Packet, _ context: PacketContext, _ message: RawSpan, _ datagram: RawSpan
    ) {
        if let part = context.message { return writeLines(packet, context, part, message) }
        switch style.format {
        case .text: writeText(packet, nil, context.bases, datagram)
        case .json: output.buffer.jsonRecord(packet)
        }
    }

    /// Prints a segment that is part of a message.
    @inline(never)
    private mutating func writeLines(
        _ packet: Packet, _ context: PacketContext, _ part: MessagePart, _ message: RawSpan
    ) {
        var decoder = PacketDecoder(ports: style.ports)
        let whole = AssembledMessage(
            part,
            decoder.decode(
                part.isLast ? message : RawSpan(), of: .tcp, application: ApplicationHint(part.kind, fromServer: false),
                header: packet.frame.header))
        // What the segment's bytes seem to be alone, they are not.
        let segment = packet.segment
        switch style.format {
        case .text: writeText(segment, whole, context.bases, RawSpan())
        case .json: output.buffer.jsonRecord(segment, message: whole)
        }
    }

    @inline(__always)
    private mutating func writeText(
        _ packet: Packet, _ message: AssembledMessage?, _ bases: SegmentBases?, _ datagram: RawSpan
    ) {
        let offset = packet.frame.header.timestamp.map { localTime.offsetFromUTC(at: $0.seconds) } ?? 0
        var context = SummaryContext()
        context.isBrief = style.isBrief
        if !style.absoluteSequenceNumbers, let bases, bases.isRelative {
            context.sequenceBase = bases.sequence
            context.acknowledgmentBase = bases.acknowledgment
        }
        if let message {
            line.write(packet, message: message, context: context, utcOffset: offset, to: &output.buffer)
        } else {
            line.write(packet, context: context, utcOffset: offset, to: &output.buffer)
        }
        if style.verbosity > 0 {
            output.buffer.verboseTree(packet, showsBytes: style.showsBytes, bases: bases)
            if let message { output.buffer.assembledTree(message, showsBytes: style.showsBytes) }
            if reassembles {
                reassembled.write(after: packet, showsBytes: style.showsBytes, to: &output.buffer)
            } else {
                // Escaped when it was written.
                output.buffer.append(datagram)
            }
        }
    }
}

extension PrintOptions {
    fileprivate func summary(on descriptor: Int32) -> SummaryOptions {
        var summary = SummaryOptions()
        let styles: [TimeStyle] = [.clock, .none, .epoch, .sincePrevious, .dateAndClock, .sinceFirst]
        summary.time = TimeFormat(styles[min(time, 5)], precision: nano ? .nanoseconds : .microseconds)
        summary.showsLinkHeader = showsLink
        summary.showsNumber = isNumbered
        summary.usesColor = Terminal.usesColor(color, on: descriptor)
        return summary
    }

    fileprivate var dumpStyle: HexDumpStyle? {
        if hexAndASCII > 0 { return .hexAndASCII }
        if hex > 0 { return .hex }
        return ascii > 0 ? .ascii : nil
    }

    fileprivate var dumpsLinkHeader: Bool { hex > 1 || hexAndASCII > 1 || ascii > 1 }
}
