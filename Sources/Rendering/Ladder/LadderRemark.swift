internal import Conversations
internal import PacketDecoding

/// What is said at the right of a row.
enum LadderRemark {
    case handshake(Int64), serverTook(Int64), clientIdle(Int64), roundTrip(Int64), delayedAcknowledgment(Int64)
    /// One observation of the analysis.
    case segment(SegmentAnalysis)
    case duplicateACK(Int)
    /// Bytes that a selective ACK tells to be missing.
    case missing(Int)
    case refused, reset, halfClosed, simultaneousOpen, simultaneousClose
    /// A RST that its receiver answers, or drops; one for a connection before this one.
    case resetChallenged, resetIgnored, resetOfOlder
    /// Any other segment that its receiver drops.
    case ignored
    /// Both ends go on after a RST.
    case revived
    /// It came before the SYN,ACK.
    case early

    /// A client that takes longer was idle rather than busy, in nanoseconds.
    private static let idleTime: Int64 = 100_000_000

    /// Something went wrong, or is about to.
    var isWarning: Bool {
        switch self {
        case .segment(let observation): SegmentAnalysis.troubles.isSuperset(of: observation)
        case .missing, .refused, .reset, .resetChallenged, .resetIgnored, .ignored, .revived: true
        default: false
        }
    }

    /// - Parameters:
    ///   - client: the client's state where it has changed; likewise `server`.
    static func all(of step: ConversationStep, client: TCPState?, server: TCPState?) -> [LadderRemark] {
        var remarks = all(of: step)
        // Both ends sent a SYN, or a FIN, before they had the other's (RFC 9293 figures 8 and 13).
        if client == .synReceived && server == .synSent { remarks.append(.simultaneousOpen) }
        if client == .closing || server == .closing { remarks.append(.simultaneousClose) }
        return remarks
    }

    private static func all(of step: ConversationStep) -> [LadderRemark] {
        var remarks: [LadderRemark] = []
        if step.notes.contains(.icmpError) { return remarks }
        for (observation, _) in SegmentAnalysis.words where step.analysis.contains(observation) {
            // A general name is not said beside a particular one.
            if observation == .retransmission && !step.analysis.isDisjoint(with: .particularRetransmissions) {
                continue
            }
            switch observation {
            case .duplicateACK: remarks.append(.duplicateACK(step.duplicateACKNumber))
            case .selectiveACK where step.missingBytes > 0: remarks.append(.missing(step.missingBytes))
            case .delayedACK: break
            default: remarks.append(.segment(observation))
            }
        }
        if let remark = reception(of: step) { remarks.append(remark) }
        if let time = step.handshakeTime {
            remarks.append(.handshake(time))
        } else if let time = step.roundTripTime, step.payloadLength == 0, step.flags == .ack {
            remarks.append(step.analysis.contains(.delayedACK) ? .delayedAcknowledgment(time) : .roundTrip(time))
        }
        if let time = step.responseTime {
            if step.side == .server {
                remarks.append(.serverTook(time))
            } else if time >= idleTime {
                remarks.append(.clientIdle(time))
            }
        }
        if step.notes.contains(.halfClosedData) { remarks.append(.halfClosed) }
        return remarks
    }
}

extension LadderRemark {
    /// What is to be said of whether a segment was taken.
    private static func reception(of step: ConversationStep) -> LadderRemark? {
        let told: StepNotes = [.refused, .reset, .challenged, .unacceptable, .revived, .early]
        if step.notes.isDisjoint(with: told) { return nil }
        if step.notes.contains(.refused) { return .refused }
        if step.notes.contains(.reset) { return .reset }
        if step.notes.contains(.challenged) { return .resetChallenged }
        if step.notes.contains(.revived) { return .revived }
        if step.notes.contains(.unacceptable) {
            guard step.flags.contains(.rst) else { return .ignored }
            let state = step.side == .client ? step.clientState : step.serverState
            return state == .synSent ? .resetOfOlder : .resetIgnored
        }
        // An ACK alone leaves no doubt to speak of.
        return step.payloadLength > 0 || step.flags.contains(.fin) ? .early : nil
    }
}

extension SegmentAnalysis {
    /// What each observation is called beside its arrow, in the order in which they are said.
    fileprivate static let words: [(observation: SegmentAnalysis, words: StaticString)] = [
        (.lostSegment, "lost segment"), (.outOfOrder, "out of order"), (.fastRetransmission, "fast retransmission"),
        (.spuriousRetransmission, "spurious retransmit"), (.retransmission, "retransmission"),
        (.ackLostSegment, "ACK of lost segment"), (.duplicateACK, "duplicate ACK"), (.selectiveACK, "selective ACK"),
        (.delayedACK, "delayed ACK"), (.zeroWindowProbe, "zero window probe"),
        (.zeroWindowProbeACK, "zero window probe ACK"), (.zeroWindow, "zero window"), (.windowFull, "window full"),
        (.windowUpdate, "window update"), (.keepAlive, "keep-alive"), (.keepAliveACK, "keep-alive ACK"),
        (.reusedPorts, "ports reused"), (.congestionExperienced, "congestion experienced"),
        (.congestionEcho, "congestion echo"), (.congestionWindowReduced, "congestion window cut"),
        (.challengeACK, "challenge ACK"),
    ]

    fileprivate static let particularRetransmissions: SegmentAnalysis = [.fastRetransmission, .spuriousRetransmission]

    /// Signs of loss, or of a receiver that cannot keep up.
    fileprivate static let troubles: SegmentAnalysis = [
        .lostSegment, .outOfOrder, .fastRetransmission, .spuriousRetransmission, .retransmission, .ackLostSegment,
        .zeroWindow, .windowFull, .congestionExperienced,
    ]
}

extension ByteBuffer {
    mutating func write(_ remark: LadderRemark) {
        switch remark {
        case .handshake(let time): timed("handshake ", time)
        case .serverTook(let time): timed("server took ", time)
        case .clientIdle(let time): timed("client idle ", time)
        case .roundTrip(let time): timed("RTT ", time)
        case .delayedAcknowledgment(let time): timed("delayed ACK ", time)
        case .segment(let observation):
            for (known, words) in SegmentAnalysis.words where known == observation { write(words) }
        case .duplicateACK(let number):
            write("duplicate ACK ")
            decimal(number)
        case .missing(let bytes):
            write("SACK: ")
            byteSize(bytes)
            write(" missing")
        case .refused: write("connection refused")
        case .reset: write("reset")
        case .resetChallenged: write("reset challenged")
        case .resetIgnored: write("reset ignored")
        case .resetOfOlder: write("resets an older one")
        case .ignored: write("ignored")
        case .revived: write("goes on after reset")
        case .early: write("before the SYN,ACK")
        case .halfClosed: write("half-closed")
        case .simultaneousOpen: write("simultaneous open")
        case .simultaneousClose: write("simultaneous close")
        }
    }

    private mutating func timed(_ words: StaticString, _ time: Int64) {
        write(words)
        duration(time)
    }
}
