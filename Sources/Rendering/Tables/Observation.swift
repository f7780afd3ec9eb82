internal import Conversations
internal import PacketDecoding

/// How much an observation matters.
enum Severity: UInt8, CaseIterable, Comparable {
    /// The packet is broken.
    case error
    /// Something is wrong with the network, or with one end.
    case warning
    /// Unusual, and coped with.
    case note
    /// The course of things.
    case chat

    var name: StaticString {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .note: "note"
        case .chat: "chat"
        }
    }

    static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
}

/// What a packet, or a segment in its conversation, gives reason to say.
enum Observation: Hashable {
    case malformed(LayerKind)
    case badChecksum(LayerKind)
    /// The capture ends inside a header: a matter of the snapshot length.
    case cut(LayerKind)
    case icmpError(LayerKind)
    case fragmentConflict
    /// Of IPv6, whatever their bytes.
    case fragmentOverlap
    case incompleteFragments
    /// Given up for memory.
    case abandonedFragments
    /// A packet that was captured before.
    case copy(LayerKind)
    /// One observation of the analysis.
    case segment(SegmentAnalysis)
    case reset, refused, halfClosed
    /// A RST that its receiver answers with an ACK, or drops.
    case resetChallenged, resetIgnored
    /// Any other segment that its receiver drops.
    case unacceptable
    /// Both ends go on after a RST.
    case revived
    /// Something came before the SYN,ACK.
    case early
    /// A SYN that nobody answered; a SYN,ACK that was answered with a RST.
    case unanswered, halfOpenScan
    /// Bytes of a stream that were sent again, and not the same.
    case streamConflict
    /// Bytes behind their sender's own FIN.
    case dataAfterFIN
    /// One side of TLS says what is wrong, in the clear.
    case tlsAlert(TLSAlertDescription)
    case opened, closing

    var severity: Severity {
        switch self {
        case .malformed, .badChecksum: .error
        case .icmpError, .fragmentConflict, .fragmentOverlap, .reset, .refused, .streamConflict, .dataAfterFIN,
            .tlsAlert:
            .warning
        case .cut, .incompleteFragments, .abandonedFragments, .halfClosed, .copy: .note
        case .resetChallenged, .resetIgnored, .unacceptable, .revived, .early, .unanswered, .halfOpenScan: .warning
        case .opened, .closing: .chat
        case .segment(let observation): observation.severity
        }
    }

    /// The protocol that it is about.
    var layer: LayerKind? {
        switch self {
        case .malformed(let layer), .badChecksum(let layer), .cut(let layer), .icmpError(let layer), .copy(let layer):
            layer
        case .fragmentConflict, .fragmentOverlap, .incompleteFragments, .abandonedFragments: nil
        case .tlsAlert: .tls
        case .segment, .reset, .refused, .halfClosed, .streamConflict, .dataAfterFIN, .opened, .closing: .tcp
        case .resetChallenged, .resetIgnored, .unacceptable, .revived, .early, .unanswered, .halfOpenScan: .tcp
        }
    }

    /// As JSON has it; people read it with spaces.
    var name: StaticString {
        switch self {
        case .malformed: "malformed"
        case .badChecksum: "bad_checksum"
        case .cut: "cut_by_snapshot_length"
        case .icmpError: "error_message"
        case .fragmentConflict: "overlapping_fragments_differ"
        case .fragmentOverlap: "overlapping_fragments"
        case .incompleteFragments: "datagram_incomplete"
        case .abandonedFragments: "datagram_given_up_for_memory"
        case .segment(let observation): observation.firstName ?? "segment"
        case .reset: "connection_reset"
        case .refused: "connection_refused"
        case .resetChallenged: "reset_challenged"
        case .resetIgnored: "reset_ignored"
        case .unacceptable: "segment_ignored"
        case .revived: "goes_on_after_reset"
        case .early: "segment_before_syn_ack"
        case .unanswered: "connection_unanswered"
        case .halfOpenScan: "open_port_half_open_scan"
        case .halfClosed: "data_after_half_close"
        case .streamConflict: "resent_bytes_differ"
        case .dataAfterFIN: "data_after_own_fin"
        case .tlsAlert: "alert"
        case .copy: "packet_captured_again"
        case .opened: "connection_opened"
        case .closing: "connection_closing"
        }
    }
}

extension SegmentAnalysis {
    /// Of a single observation.
    fileprivate var severity: Severity {
        switch self {
        case .lostSegment, .ackLostSegment, .outOfOrder, .zeroWindow, .windowFull, .congestionExperienced: .warning
        case .windowUpdate, .delayedACK, .keepAlive, .keepAliveACK, .zeroWindowProbeACK, .challengeACK: .chat
        default: .note
        }
    }
}
