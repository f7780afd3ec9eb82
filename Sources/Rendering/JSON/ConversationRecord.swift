// Conversations and their segments as JSON Lines; the README describes the records.

public import Conversations
internal import PacketDecoding

extension ByteBuffer {
    /// One line: a segment in its connection, `{"record":"tcp_segment",…}`.
    ///
    /// - Parameter step: of TCP, and no ICMP error.
    public mutating func segmentRecord(_ step: ConversationStep) {
        write("{\"record\":\"tcp_segment\",\"frame\":")
        decimal(step.frame)
        member("stream", step.conversation)
        write(",\"direction\":\"")
        write(step.side.name)
        write("\"")
        member("sequence_number", Int(step.sequenceNumber.rawValue))
        member("acknowledgment_number", Int(step.acknowledgmentNumber.rawValue))
        member("payload_length", step.payloadLength)
        write(",\"analysis\":[")
        var needsComma = false
        step.wiresharkAnalysis.forEachName { name in listWord(name, &needsComma) }
        write("]")
        if step.notes.contains(.copy) { write(",\"copy\":true") }
        let own = step.analysis.intersection(.wireshark)
        if own != step.wiresharkAnalysis {
            write(",\"judgement\":[")
            needsComma = false
            own.forEachName { name in listWord(name, &needsComma) }
            write("]")
        }
        if !step.analysis.isSubset(of: .wireshark) {
            write(",\"observations\":[")
            needsComma = false
            step.analysis.subtracting(.wireshark).forEachName { name in listWord(name, &needsComma) }
            write("]")
        }
        receptionMember(step)
        if step.wiresharkAnalysis.contains(.duplicateACK) { member("duplicate_ack_number", step.duplicateACKNumber) }
        if let counter = step.congestionCounter { member("ace_counter", Int(counter)) }
        if let bytes = step.bytesInFlight { member("bytes_in_flight", bytes) }
        if let window = step.scaledWindow { member("window_bytes", window) }
        if let time = step.roundTripTime { secondsMember("ack_rtt", time) }
        if let frame = step.acknowledgedFrame { member("acknowledges_frame", frame) }
        if let time = step.smoothedRoundTripTime { millisecondsMember("smoothed_rtt_ms", time) }
        if step.missingBlocks > 0 {
            member("missing_blocks", step.missingBlocks)
            member("missing_bytes", step.missingBytes)
        }
        if let time = step.responseTime { millisecondsMember("response_ms", time) }
        write("}\n")
    }

    /// What the receiver makes of the segment, where it does not just take it.
    private mutating func receptionMember(_ step: ConversationStep) {
        let notes = step.notes
        if notes.contains(.challenged) {
            wordMember("reception", "challenged")
        } else if notes.contains(.unacceptable) {
            wordMember("reception", "ignored")
        } else if notes.contains(.early) {
            wordMember("reception", "early")
        } else if notes.contains(.reset) {
            wordMember("reception", "reset")
        } else if notes.contains(.revived) {
            wordMember("reception", "goes_on_after_reset")
        }
    }

    /// One line: a conversation, `{"record":"tcp_stream",…}` or `{"record":"udp_conversation",…}`.
    ///
    /// - Parameters:
    ///   - clientPayload: what its client said over TCP; nil where that is not known.
    ///   - serverPayload: likewise its server.
    public mutating func conversationRecord(
        _ conversation: Conversation, clientPayload: StreamPayload?, serverPayload: StreamPayload?
    ) {
        let isTCP = conversation.key.transport == .tcp
        write("{\"record\":\"")
        write(isTCP ? "tcp_stream" : "udp_conversation")
        write("\"")
        member("stream", conversation.number)
        endpointMember("client", conversation.key.client)
        endpointMember("server", conversation.key.server)
        wordMember("role_evidence", conversation.roleEvidence.name)
        member("frames", conversation.packets)
        if conversation.copies > 0 { member("copies", conversation.copies) }
        if isTCP { connectionMembers(conversation) }
        member("first_frame", conversation.firstFrame)
        write(",\"timestamp\":")
        if let time = conversation.firstTime { quotedSeconds(time.rawValue) } else { write("null") }
        if let first = conversation.firstTime, let last = conversation.lastTime {
            millisecondsMember("duration_ms", last.nanoseconds(since: first))
        }
        if let kind = conversation.application { wordMember("application", kind.name) }
        if let mtu = conversation.pathMTU { member("path_mtu", mtu) }
        if conversation.icmpErrors > 0 { member("icmp_errors", conversation.icmpErrors) }
        if let error = conversation.lastError { errorMember(error, to: conversation.lastErrorSide) }
        totalsMember("client_totals", conversation.client, isTCP: isTCP)
        totalsMember("server_totals", conversation.server, isTCP: isTCP)
        if isTCP {
            if let clientPayload { payloadMember("client_payload", clientPayload) }
            if let serverPayload { payloadMember("server_payload", serverPayload) }
        }
        write("}\n")
    }

    private mutating func connectionMembers(_ conversation: Conversation) {
        listMember("completeness", conversation.completenessBeforeLast)
        listMember("completeness_at_end", conversation.completeness)
        if let time = conversation.initialRoundTripTime {
            secondsMember("initial_rtt", time)
        } else {
            write(",\"initial_rtt\":null")
        }
        wordMember("outcome", conversation.outcome.jsonName)
        if let side = conversation.closedBy { wordMember("closed_by", side.name) }
        wordMember("client_state", conversation.clientState.name)
        wordMember("server_state", conversation.serverState.name)
    }

    /// The last ICMP error: who said it, to whom the packet was bound, and why it did not get there.
    private mutating func errorMember(_ error: ReportedError, to side: ConversationSide) {
        write(",\"icmp_error\":{\"source\":\"")
        address(error.source)
        write("\"")
        wordMember("from", error.isFromDestination ? side.name : "router")
        write(",\"reason\":\"")
        error.writeReason(to: &self)
        write("\"}")
    }

    private mutating func payloadMember(_ name: StaticString, _ payload: StreamPayload) {
        write(",\"")
        write(name)
        write("\":{")
        payloadMembers(payload)
        write("}")
    }

    private mutating func listMember(_ name: StaticString, _ completeness: Completeness) {
        write(",\"")
        write(name)
        write("\":[")
        var needsComma = false
        completeness.forEachName { name in listWord(name, &needsComma) }
        write("]")
    }

    private mutating func totalsMember(_ name: StaticString, _ totals: SideTotals, isTCP: Bool) {
        write(",\"")
        write(name)
        write("\":{\"")
        write(isTCP ? "packets" : "datagrams")
        write("\":")
        decimal(totals.packets)
        member("bytes", totals.bytes)
        member("longest_payload", totals.longestPayload)
        millisecondsMember("think_ms", totals.thinkTime)
        if isTCP {
            member("retransmissions", totals.retransmissions)
            member("out_of_order", totals.outOfOrder)
            member("duplicate_acks", totals.duplicateACKs)
            member("lost_segments", totals.lostSegments)
            member("ack_lost_segments", totals.acknowledgedLostSegments)
            member("zero_windows", totals.zeroWindows)
            member("congestion_marks", totals.congestionMarks)
            if let size = totals.maximumSegmentSize { member("maximum_segment_size", Int(size)) }
            switch totals.windowScaling {
            case .unknown: wordMember("window_scaling", "unknown")
            case .none: wordMember("window_scaling", "none")
            case .shift(let shift):
                wordMember("window_scaling", "used")
                member("window_scale_shift", Int(shift))
            }
            if let time = totals.smoothedRoundTripTime { millisecondsMember("smoothed_rtt_ms", time) }
        }
        write("}")
    }

    private mutating func member(_ name: StaticString, _ value: Int) {
        write(",\"")
        write(name)
        write("\":")
        decimal(value)
    }

    private mutating func wordMember(_ name: StaticString, _ word: StaticString) {
        write(",\"")
        write(name)
        write("\":\"")
        write(word)
        write("\"")
    }

    private mutating func listWord(_ word: StaticString, _ needsComma: inout Bool) {
        write(needsComma ? ",\"" : "\"")
        write(word)
        write("\"")
        needsComma = true
    }

    mutating func endpointMember(_ name: StaticString, _ endpoint: Endpoint) {
        write(",\"")
        write(name)
        write("\":{\"address\":\"")
        switch endpoint.address {
        case .v4(let address): self.address(address)
        case .v6(let address): self.address(address)
        }
        write("\",\"port\":")
        decimal(endpoint.port)
        write("}")
    }

    private mutating func quotedSeconds(_ nanoseconds: Int64) {
        write("\"")
        seconds(nanoseconds, .nanoseconds)
        write("\"")
    }

    private mutating func secondsMember(_ name: StaticString, _ nanoseconds: Int64) {
        write(",\"")
        write(name)
        write("\":")
        quotedSeconds(nanoseconds)
    }

    private mutating func millisecondsMember(_ name: StaticString, _ nanoseconds: Int64) {
        write(",\"")
        write(name)
        write("\":")
        if nanoseconds < 0 { write("-") }
        decimal(nanoseconds.magnitude / 1_000_000)
        write(".")
        decimal(nanoseconds.magnitude % 1_000_000, digits: 6)
    }
}

extension ConversationSide {
    var name: StaticString { self == .client ? "client" : "server" }
}

extension ConversationOutcome {
    var jsonName: StaticString {
        switch self {
        case .open: "open"
        case .unanswered: "unanswered"
        case .unfinished: "unfinished"
        case .halfClosed: "half_closed"
        case .closed: "closed"
        case .reset: "reset"
        case .refused: "refused"
        case .halfOpenScan: "half_open_scan"
        case .replaced: "replaced"
        }
    }
}
