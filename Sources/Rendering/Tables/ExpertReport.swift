// Every observation of a capture, by severity.

public import Conversations
public import PacketDecoding

/// Counts what there is to say of packets and of segments in their conversations.
public struct ExpertReport: Sendable {
    /// Frames told for each observation.
    static let framesTold = 5

    struct Entry {
        /// Packets.
        var count = 0
        var lastFrame = 0
        var firstFrames: [Int] = []
        /// Of ICMP errors, the first that differ.
        var errors: [ReportedError] = []
    }

    /// As many as there are kinds of observations and protocols, whatever the capture.
    private var entries: [Observation: Entry] = [:]

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    /// Notes what is wrong with a packet by itself. A datagram put together from fragments counts as one.
    public mutating func add(_ packet: Packet) {
        let frame = packet.frame.header.number
        if let fault = packet.fault {
            if case .truncated = fault.reason, packet.frame.capturedLength < packet.frame.wireLength {
                note(.cut(fault.layer), frame)
            } else if !packet.endsInCutQuote {
                note(.malformed(fault.layer), frame)
            }
        }
        for index in 0..<packet.layers.count {
            let layer = packet.layers[index]
            // A quoted packet is of another time and place.
            if layer.traits.contains(.quoted) { break }
            switch packet.checksumStatus(at: index) {
            case .illegal where packet.isTunnel(at: index): break
            case .bad, .illegal: note(.badChecksum(layer.kind), frame)
            default: break
            }
            if layer.kind == .icmp || layer.kind == .icmpv6, packet.isICMPError(at: index) {
                note(.icmpError(layer.kind), frame)
                if let error = ReportedError(packet) { entries[.icmpError(layer.kind)]?.add(error) }
            }
            if let alert = packet.tlsAlert(at: index) { note(.tlsAlert(alert), frame) }
        }
    }

    /// Notes what a message says that lies in several segments.
    public mutating func add(message: Packet) {
        for index in 0..<message.layers.count {
            if let alert = message.tlsAlert(at: index) { note(.tlsAlert(alert), message.frame.header.number) }
        }
    }

    /// Notes what a segment is in its conversation.
    public mutating func add(_ step: ConversationStep) {
        if step.notes.contains(.copy) { return note(.copy(step.transport == .tcp ? .tcp : .udp), step.frame) }
        guard step.transport == .tcp, !step.notes.contains(.icmpError) else { return }
        var rest = step.analysis
        while !rest.isEmpty {
            let single = SegmentAnalysis(rawValue: rest.rawValue & (~rest.rawValue &+ 1))
            rest.subtract(single)
            note(.segment(single), step.frame)
        }
        noteReception(of: step)
        if step.notes.contains(.halfClosedData) { note(.halfClosed, step.frame) }
        if step.notes.contains(.handshakeComplete) { note(.opened, step.frame) }
        if step.notes.contains(.firstFIN) { note(.closing, step.frame) }
    }

    /// Notes how a conversation ended, where only the end of the capture tells.
    public mutating func add(_ conversation: Conversation) {
        if conversation.outcome == .unanswered { note(.unanswered, conversation.firstFrame) }
    }

    /// Notes whether a segment was taken, where that is worth saying.
    private mutating func noteReception(of step: ConversationStep) {
        let notes = step.notes
        if notes.contains(.refused) {
            note(.refused, step.frame)
        } else if notes.contains(.halfOpenScan) {
            note(.halfOpenScan, step.frame)
        } else if notes.contains(.reset) {
            note(.reset, step.frame)
        } else if notes.contains(.challenged) {
            note(.resetChallenged, step.frame)
        } else if notes.contains(.unacceptable) {
            note(step.flags.contains(.rst) ? .resetIgnored : .unacceptable, step.frame)
        } else if notes.contains(.early) && (step.payloadLength > 0 || step.flags.contains(.fin)) {
            note(.early, step.frame)
        }
        if notes.contains(.revived) { note(.revived, step.frame) }
    }

    /// Notes a fragment that differs from those it overlaps.
    public mutating func addConflict(frame: Int) { note(.fragmentConflict, frame) }

    /// Notes an IPv6 datagram whose fragments overlap: its receiver discards it (RFC 8200 section 4.5).
    public mutating func addOverlap(frame: Int) { note(.fragmentOverlap, frame) }

    /// Notes fragmented datagrams that were given up because others needed the memory.
    public mutating func addAbandoned(_ count: Int) {
        if count > 0 { entries[.abandonedFragments, default: Entry()].count += count }
    }

    /// Notes fragmented datagrams of which parts are missing.
    public mutating func addIncomplete(_ count: Int) {
        if count > 0 { entries[.incompleteFragments, default: Entry()].count += count }
    }

    private mutating func note(_ observation: Observation, _ frame: Int) {
        entries[observation, default: Entry()].add(frame)
    }

    /// The most severe first, then the most frequent.
    fileprivate var sorted: [(observation: Observation, entry: Entry)] {
        entries.sorted { a, b in
            if a.key.severity != b.key.severity { return a.key.severity < b.key.severity }
            if a.value.count != b.value.count { return a.value.count > b.value.count }
            return (a.value.firstFrames.first ?? .max, a.key.order) < (b.value.firstFrames.first ?? .max, b.key.order)
        }.map { ($0.key, $0.value) }
    }
}

/// What the streams of conversations give reason to say.
extension ExpertReport: StreamConsumer {
    public mutating func data(_ bytes: RawSpan, at place: StreamPlace) {}
    public mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {}
    public mutating func conflict(_ bytes: RawSpan, at place: StreamPlace) { note(.streamConflict, place.frame) }
    public mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {
        if reason == .afterFIN { note(.dataAfterFIN, place.frame) }
    }
}

extension ExpertReport.Entry {
    fileprivate mutating func add(_ error: ReportedError) {
        if errors.count < ExpertReport.framesTold && !errors.contains(error) { errors.append(error) }
    }

    fileprivate mutating func add(_ frame: Int) {
        // Several layers of one frame count once.
        if frame == lastFrame { return }
        lastFrame = frame
        count += 1
        if firstFrames.count < ExpertReport.framesTold { firstFrames.append(frame) }
    }
}

extension Observation {
    /// An order that is the same in every run.
    fileprivate var order: Int {
        let kind =
            switch self {
            case .malformed: 0
            case .badChecksum: 1
            case .cut: 2
            case .icmpError: 3
            case .fragmentConflict: 4
            case .incompleteFragments: 5
            case .segment(let observation): 16 + observation.rawValue.trailingZeroBitCount
            case .reset: 6
            case .refused: 7
            case .halfClosed: 8
            case .opened: 9
            case .closing: 10
            case .streamConflict: 11
            case .dataAfterFIN: 12
            case .resetChallenged: 13
            case .resetIgnored: 14
            case .unacceptable: 15
            case .revived: 48
            case .early: 49
            case .fragmentOverlap: 52
            case .abandonedFragments: 53
            case .copy: 54
            case .tlsAlert(let alert): 64 + Int(alert.rawValue)
            case .unanswered: 50
            case .halfOpenScan: 51
            }
        return kind << 8 | Int(layer?.rawValue ?? 0)
    }
}

extension Packet {
    /// Whether all that is wrong is that a quoted packet is not whole: an ICMP error need quote no more than its first
    /// bytes (RFC 792).
    fileprivate var endsInCutQuote: Bool {
        guard layers.count > 0, layers[layers.count &- 1].traits.contains(.quoted) else { return false }
        switch fault?.reason {
        case .truncated, .tooShort: return true
        default: return false
        }
    }

    /// Whether UDP layer `index` carries a tunnel's packets, which may have no checksum over IPv6 (RFC 6935 section 5).
    fileprivate func isTunnel(at index: Int) -> Bool {
        index &+ 1 < layers.count && layers[index &+ 1].kind.isTunnel
    }

    fileprivate func isICMPError(at index: Int) -> Bool {
        if let header = header(ICMPHeader.self, at: index) { return header.type.isError }
        return header(ICMPv6Header.self, at: index)?.type.isError ?? false
    }
}

extension ByteBuffer {
    /// A table for people: severity, observation, how often, the first frames of it.
    public mutating func expertTable(_ report: ExpertReport) {
        write("severity  observation                           count  first frames\n")
        for (observation, entry) in report.sorted {
            let start = count
            write(observation.severity.name)
            spaces(10 - (count - start))
            if let layer = observation.layer {
                write(layer.name)
                write(" ")
            }
            observation.name.withUTF8Buffer { name in
                for index in name.indices {
                    let byte = unsafe name[index]
                    write(byte: byte == 0x5f ? 0x20 : byte)
                }
            }
            if case .tlsAlert(let alert) = observation {
                write(": ")
                name(alert.name, or: alert.rawValue)
            }
            var number = ByteBuffer(capacity: 32)
            number.grouped(entry.count)
            spaces(max(1, 53 - (count - start) - number.count))
            append(number.bytes)
            for (index, frame) in entry.firstFrames.enumerated() {
                write(index == 0 ? "  " : ", ")
                decimal(frame)
            }
            if entry.count > entry.firstFrames.count && !entry.firstFrames.isEmpty { write(", …") }
            write("\n")
            for error in entry.errors {
                spaces(12)
                address(error.source)
                write(error.isFromDestination ? ", the destination: " : ": ")
                error.writeReason(to: &self)
                write("\n")
            }
        }
    }

    /// JSON Lines:
    /// `{"record":"observation","severity":"note","observation":"retransmission","layer":"tcp","count":1,"first_frames":[9]}`.
    public mutating func expertRecords(_ report: ExpertReport) {
        for (observation, entry) in report.sorted {
            write("{\"record\":\"observation\",\"severity\":\"")
            write(observation.severity.name)
            write("\",\"observation\":\"")
            write(observation.name)
            write("\"")
            if let layer = observation.layer {
                write(",\"layer\":\"")
                write(layer.name)
                write("\"")
            }
            if case .tlsAlert(let alert) = observation {
                write(",\"alert\":\"")
                name(alert.name, or: alert.rawValue)
                write("\"")
            }
            write(",\"count\":")
            decimal(entry.count)
            write(",\"first_frames\":[")
            for (index, frame) in entry.firstFrames.enumerated() {
                if index > 0 { write(",") }
                decimal(frame)
            }
            write("]")
            if !entry.errors.isEmpty { expertErrors(entry.errors) }
            write("}\n")
        }
    }

    private mutating func expertErrors(_ errors: [ReportedError]) {
        write(",\"errors\":[")
        for (index, error) in errors.enumerated() {
            write(index == 0 ? "{\"source\":\"" : ",{\"source\":\"")
            address(error.source)
            write("\",\"from\":\"")
            write(error.isFromDestination ? "destination" : "router")
            write("\",\"reason\":\"")
            error.writeReason(to: &self)
            write("\"}")
        }
        write("]")
    }
}
