import PacketDecoding

/// What both ends of a conversation have in common: its times, its states, and how it goes.
struct ConversationCourse: BitwiseCopyable {
    let number: Int
    private(set) var packets = 0
    private var firstFrame = 0
    private var firstTime: Timestamp?
    let transport: Transport
    var progress = ConnectionProgress()
    /// After a RST that was taken.
    var aftermath: ResetAftermath?
    /// The last segment that was taken came from an end in SYN-SENT, and is all that tells of a SYN,ACK.
    var isTentative = false
    var congestion = CongestionFeedback.flags
    private var lastTime: Timestamp?
    /// Whether the capture holds the client's SYN.
    var sawBeginning = false
    var completeness: Completeness = []
    var completenessBeforeLast: Completeness = []
    /// When the last packet was captured that has a time.
    private var previousTime: Timestamp?
    private var lastSpeaker: ConversationSide?
    private var application: LayerKind?
    /// When the last new payload was sent.
    private var lastSpoken: Timestamp?
    private var icmpErrors: UInt32 = 0
    var firstSYN: Timestamp?
    /// Of them, those that tell of a packet that did not arrive.
    private var undelivered: UInt32 = 0
    private var lastError: ReportedError?
    /// Who the packet was bound for that it is about.
    private var lastErrorSide = ConversationSide.server
    private var pathMTU: UInt32?
    var handshakeTime: Int64?
    var analysis = SequenceAnalysis()

    init(_ transport: Transport, number: Int) {
        self.transport = transport
        self.number = number
    }

    /// The part of a step that every packet has.
    mutating func step(
        _ frame: Int, _ time: Timestamp?, from side: ConversationSide, isCopy: Bool = false,
        _ step: inout ConversationStep
    ) {
        step = ConversationStep(
            transport: transport, conversation: number, side: side, frame: frame, timestamp: time)
        if let time {
            if let previousTime { step.sincePrevious = time.nanoseconds(since: previousTime) }
            // What comes after a copy came so long after the packet itself.
            if !isCopy { previousTime = time }
            if let first = firstTime, let last = lastTime {
                if time < first { firstTime = time }
                if time > last { lastTime = time }
            } else {
                firstTime = time
                lastTime = time
            }
        }
        step.clientState = progress.state.client
        step.serverState = progress.state.server
        step.phase = progress.phase
        if packets == 0 {
            step.notes.insert(.first)
            firstFrame = frame
        }
    }

    mutating func countPacket() { packets &+= 1 }

    /// An ICMP error about a packet that `side` did not get.
    mutating func observeError(_ packet: Packet, from side: ConversationSide, _ step: inout ConversationStep) {
        self.step(packet.frame.header.number, packet.frame.header.timestamp, from: side, &step)
        step.notes.insert(.icmpError)
        if icmpErrors < .max { icmpErrors &+= 1 }
        guard let error = ReportedError(packet) else { return }
        lastError = error
        lastErrorSide = side
        if error.isLoss && undelivered < .max { undelivered &+= 1 }
        pathMTU = error.mtu.map { UInt32(truncatingIfNeeded: $0) } ?? pathMTU
    }

    /// What the payload is: as decoded, else as the conversation knows it.
    ///
    /// - Parameter hasServerSpoken: whether payload of the server's was captured before.
    mutating func recognize(
        _ packet: Packet, _ place: TransportPlace, hasServerSpoken: Bool, _ step: inout ConversationStep
    ) {
        if place.index &+ 1 < packet.layers.count {
            let kind = packet.layers[place.index &+ 1].kind
            step.application = kind
            noteApplication(kind)
            return
        }
        guard step.payloadLength > 0 || transport == .udp else { return }
        if application == nil, step.side == .server, transport == .udp || !hasServerSpoken,
            Greeting.begins(place.payload(packet), from: .server, isFirst: true)
        {
            application = .greeting
        }
        step.application = application
        step.decodingHint = application
    }

    /// Client and server change places.
    mutating func swapRoles() {
        progress.swapRoles()
        aftermath?.swapRoles()
        lastSpeaker = lastSpeaker?.other
        lastErrorSide = lastErrorSide.other
    }

    mutating func noteApplication(_ kind: LayerKind?) { if application == nil { application = kind } }

    /// Times a side's first new payload after the other's.
    mutating func noteSpeaker(_ step: inout ConversationStep) {
        if lastSpeaker == step.side.other {
            step.responseTime = Self.interval(from: lastSpoken, to: step.timestamp)
        }
        lastSpeaker = step.side
        lastSpoken = step.timestamp
    }

    /// Nobody has said anything yet that counts.
    mutating func forgetSpeaker() { lastSpeaker = nil }

    /// A time that is something's duration: none where the clock stepped back.
    static func interval(from earlier: Timestamp?, to later: Timestamp?) -> Int64? {
        guard let earlier, let later else { return nil }
        let time = later.nanoseconds(since: earlier)
        return time >= 0 ? time : nil
    }

    /// The totals, but for those of the sides.
    func totals(_ key: ConversationKey) -> Conversation {
        var totals = Conversation(key: key, number: number, firstFrame: firstFrame)
        totals.firstTime = firstTime
        totals.lastTime = lastTime
        totals.clientState = progress.state.client
        totals.serverState = progress.state.server
        totals.outcome = progress.outcome
        totals.closedBy = progress.closedBy
        totals.sawBeginning = sawBeginning
        totals.handshakeTime = handshakeTime
        totals.initialRoundTripTime = analysis.initialRoundTripTime
        totals.completeness = completeness
        totals.completenessBeforeLast = completenessBeforeLast
        totals.icmpErrors = Int(icmpErrors)
        totals.undelivered = Int(undelivered)
        totals.lastError = lastError
        totals.lastErrorSide = lastErrorSide
        totals.pathMTU = pathMTU.map { Int($0) }
        totals.application = application
        return totals
    }
}
