internal import Conversations
internal import PacketDecoding

/// What is said at the right of a row.
enum LadderRemark {
    case handshake(Int64), serverTook(Int64), roundTrip(Int64), delayedAcknowledgment(Int64)
    case retransmission, refused, reset, halfClosed, zeroWindow, simultaneousOpen, simultaneousClose

    var isWarning: Bool {
        switch self {
        case .retransmission, .refused, .reset, .zeroWindow: true
        case .handshake, .serverTook, .roundTrip, .delayedAcknowledgment, .halfClosed, .simultaneousOpen,
            .simultaneousClose:
            false
        }
    }

    /// - Parameter handshakeTime: of the row's conversation, where it is known.
    static func all(of step: ConversationStep, handshakeTime: Int64?) -> [LadderRemark] {
        var remarks: [LadderRemark] = []
        if step.notes.contains(.icmpError) { return remarks }
        if step.notes.contains(.retransmission) { remarks.append(.retransmission) }
        if step.notes.contains(.refused) {
            remarks.append(.refused)
        } else if step.flags.contains(.rst) {
            remarks.append(.reset)
        }
        if let time = step.handshakeTime {
            remarks.append(.handshake(time))
        } else if let time = step.roundTripTime, step.payloadLength == 0, step.flags == .ack {
            // Delayed acknowledgments wait 40 ms and more (RFC 9293 section 3.8.6.3 allows 500 ms); the path's own
            // share is known from the handshake.
            let isDelayed = time >= 35_000_000 && handshakeTime.map { time / 2 > $0 } ?? false
            remarks.append(isDelayed ? .delayedAcknowledgment(time) : .roundTrip(time))
        }
        if let time = step.responseTime, step.side == .server { remarks.append(.serverTook(time)) }
        if step.notes.contains(.halfClosedData) { remarks.append(.halfClosed) }
        if step.transport == .tcp && step.window == 0 && !step.flags.contains(.rst) { remarks.append(.zeroWindow) }
        return remarks
    }
}

extension ByteBuffer {
    mutating func write(_ remark: LadderRemark) {
        switch remark {
        case .handshake(let time):
            write("handshake ")
            duration(time)
        case .serverTook(let time):
            write("server took ")
            duration(time)
        case .roundTrip(let time):
            write("RTT ")
            duration(time)
        case .delayedAcknowledgment(let time):
            write("delayed ACK ")
            duration(time)
        case .retransmission: write("retransmission")
        case .refused: write("connection refused")
        case .reset: write("reset")
        case .halfClosed: write("half-closed")
        case .zeroWindow: write("zero window")
        case .simultaneousOpen: write("simultaneous open")
        case .simultaneousClose: write("simultaneous close")
        }
    }
}
