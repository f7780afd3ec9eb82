// What was said as JSON Lines; the README describes the records.

import Conversations
import PacketDecoding

extension ByteBuffer {
    mutating func streamBegin(_ conversation: Conversation) {
        open("stream_begin", conversation.key.transport, conversation.number)
        endpointMember("client", conversation.key.client)
        endpointMember("server", conversation.key.server)
        write("}\n")
    }

    mutating func streamData(_ bytes: RawSpan, _ transport: Transport, _ place: StreamPlace) {
        open("stream_data", transport, place)
        write(",\"length\":")
        decimal(bytes.byteCount)
        write(",\"data\":\"")
        hexBytes(bytes)
        write("\"}\n")
    }

    /// - Parameter bytes: those that lost, of a conflict.
    mutating func streamMark(
        _ kind: StreamTurn.Mark.Kind, _ length: Int, _ bytes: [UInt8], _ transport: Transport, _ place: StreamPlace
    ) {
        let reason: StaticString?
        switch kind {
        case .gap(let gap):
            open("stream_gap", transport, place)
            switch gap {
            case .notCaptured: reason = "not_captured"
            case .snapped: reason = "snapped"
            case .memory: reason = "memory"
            case .unacknowledged: reason = "unacknowledged"
            case .oneWay: reason = "one_way"
            }
        case .conflict:
            open("stream_conflict", transport, place)
            reason = nil
        case .discarded(let discard):
            open("stream_discarded", transport, place)
            switch discard {
            case .afterFIN: reason = "after_fin"
            case .beforeFirst: reason = "before_first"
            case .late: reason = "late"
            case .outOfWindow: reason = "out_of_window"
            }
        case .reset:
            open("stream_reset", transport, place)
            return write("}\n")
        }
        write(",\"length\":")
        decimal(length)
        if let reason {
            write(",\"reason\":\"")
            write(reason)
            write("\"")
        }
        if case .conflict = kind {
            write(",\"data\":\"")
            hexBytes(bytes.span.raw)
            write("\"")
        }
        write("}\n")
    }

    mutating func streamEnd(_ ending: StreamEnding, _ place: StreamPlace) {
        open("stream_end", .tcp, place)
        switch ending {
        case .finished: write(",\"ending\":\"finished\"}\n")
        case .reset: write(",\"ending\":\"reset\"}\n")
        case .open: write(",\"ending\":\"open\"}\n")
        case .evicted: write(",\"ending\":\"evicted\"}\n")
        }
    }

    private mutating func open(_ record: StaticString, _ transport: Transport, _ number: Int) {
        write("{\"record\":\"")
        write(record)
        write(transport == .tcp ? "\",\"transport\":\"tcp\",\"stream\":" : "\",\"transport\":\"udp\",\"stream\":")
        decimal(number)
    }

    private mutating func open(_ record: StaticString, _ transport: Transport, _ place: StreamPlace) {
        open(record, transport, place.conversation)
        write(place.side == .client ? ",\"side\":\"client\",\"frame\":" : ",\"side\":\"server\",\"frame\":")
        decimal(place.frame)
        write(",\"timestamp\":")
        if let timestamp = place.timestamp {
            write("\"")
            seconds(timestamp.rawValue, .nanoseconds)
            write("\"")
        } else {
            write("null")
        }
        write(",\"offset\":")
        decimal(place.offset)
    }
}
