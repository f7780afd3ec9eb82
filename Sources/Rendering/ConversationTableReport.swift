// One line per conversation, for people.

public import Conversations
internal import PacketDecoding

/// What conversations can be sorted by.
public enum ConversationColumn: String, CaseIterable, Sendable {
    case number, client, server, transport, state, packets, bytes, start, duration, rtt, retransmissions
    case clientPackets = "client-packets"
    case clientBytes = "client-bytes"
    case serverPackets = "server-packets"
    case serverBytes = "server-bytes"
    case application

    /// The place of `conversation` by this column; two that are equal keep the order of their numbers.
    public func sortKey(_ conversation: Conversation) -> ConversationSortKey {
        var key = ConversationSortKey(conversation)
        switch self {
        case .number: break
        case .client: key.set(conversation.key.client)
        case .server: key.set(conversation.key.server)
        case .transport: key.set(conversation.key.transport.rawValue)
        case .state: key.set(conversation.outcome.rawValue)
        case .packets: key.set(conversation.packets)
        case .bytes: key.set(conversation.client.bytes &+ conversation.server.bytes)
        case .start: key.set(conversation.firstTime?.rawValue ?? .min)
        case .duration: key.set(conversation.duration ?? -1)
        case .rtt: key.set(conversation.initialRoundTripTime ?? -1)
        case .retransmissions:
            key.set(conversation.client.retransmissions &+ conversation.server.retransmissions)
        case .clientPackets: key.set(conversation.client.packets)
        case .clientBytes: key.set(conversation.client.bytes)
        case .serverPackets: key.set(conversation.server.packets)
        case .serverBytes: key.set(conversation.server.bytes)
        case .application: key.set(conversation.application.map { Int($0.rawValue) } ?? -1)
        }
        return key
    }
}

/// Where a conversation stands among others.
public struct ConversationSortKey: BitwiseCopyable, Comparable, Sendable {
    public let transport: Transport
    public let number: Int
    private var high: UInt64 = 0
    private var middle: UInt64 = 0
    private var low: UInt64 = 0

    init(_ conversation: Conversation) {
        transport = conversation.key.transport
        number = conversation.number
    }

    fileprivate mutating func set(_ value: some FixedWidthInteger) {
        low = UInt64(bitPattern: Int64(truncatingIfNeeded: value)) ^ 1 << 63
    }

    /// IPv4 before IPv6, then by number and port.
    fileprivate mutating func set(_ endpoint: Endpoint) {
        low = UInt64(endpoint.port)
        switch endpoint.address {
        case .v4(let address): low |= UInt64(address.rawValue) << 16
        case .v6(let address):
            low |= 1 << 63
            high = address.high
            middle = address.low
        }
    }

    public static func < (a: Self, b: Self) -> Bool {
        if a.high != b.high || a.middle != b.middle || a.low != b.low {
            let isIPv6 = (a.low >> 63, b.low >> 63)
            return isIPv6 == (1, 1)
                ? (a.high, a.middle, a.low) < (b.high, b.middle, b.low) : a.low < b.low
        }
        return (a.transport.rawValue, a.number) < (b.transport.rawValue, b.number)
    }
}

extension Conversation {
    /// Nanoseconds from the first packet to the last; nil where a record has no time.
    fileprivate var duration: Int64? {
        guard let firstTime, let lastTime else { return nil }
        return lastTime.nanoseconds(since: firstTime)
    }
}

/// Writes conversations one below the other, in columns as wide as the widest endpoint.
public struct ConversationTableReport: Sendable {
    private var clientWidth = 6
    private var serverWidth = 6
    private var first: Timestamp?

    public init() {}

    /// Makes room for `conversation`: call it for all of them first.
    public mutating func measure(_ conversation: Conversation) {
        var text = ByteBuffer()
        text.endpoint(conversation.key.client)
        clientWidth = max(clientWidth, text.count)
        text.removeAll()
        text.endpoint(conversation.key.server)
        serverWidth = max(serverWidth, text.count)
        if let time = conversation.firstTime { first = min(first ?? time, time) }
    }

    public func writeHeader(to buffer: inout ByteBuffer) {
        buffer.left("number", 8)
        buffer.left("client", clientWidth + 1)
        buffer.left("server", serverWidth + 1)
        buffer.left("state", 11)
        buffer.right("-> packets", 11)
        buffer.right("bytes", 14)
        buffer.right("<- packets", 12)
        buffer.right("bytes", 14)
        buffer.right("start", 13)
        buffer.right("duration", 13)
        buffer.right("rtt ms", 10)
        buffer.right("retr", 6)
        buffer.write("  application\n")
    }

    public func write(_ conversation: Conversation, to buffer: inout ByteBuffer) {
        let isTCP = conversation.key.transport == .tcp
        buffer.left(8) {
            if !isTCP { $0.write("udp:") }
            $0.decimal(conversation.number)
        }
        buffer.left(clientWidth + 1) { $0.endpoint(conversation.key.client) }
        buffer.left(serverWidth + 1) { $0.endpoint(conversation.key.server) }
        buffer.left(11) { $0.write(isTCP ? conversation.outcome.tableName : "-") }
        buffer.right(11) { $0.grouped(conversation.client.packets) }
        buffer.right(14) { $0.grouped(conversation.client.bytes) }
        buffer.right(12) { $0.grouped(conversation.server.packets) }
        buffer.right(14) { $0.grouped(conversation.server.bytes) }
        buffer.right(13) {
            guard let first, let start = conversation.firstTime else { return $0.write("-") }
            $0.seconds(start.nanoseconds(since: first), .microseconds)
        }
        buffer.right(13) {
            guard let duration = conversation.duration else { return $0.write("-") }
            $0.seconds(duration, .microseconds)
        }
        buffer.right(10) {
            guard let time = conversation.initialRoundTripTime else { return $0.write("-") }
            // Thousandths of a millisecond.
            $0.seconds(time.multipliedReportingOverflow(by: 1000).partialValue, .microseconds)
            $0.truncate(to: $0.count - 3)
        }
        buffer.right(6) {
            if !isTCP { return $0.write("-") }
            $0.grouped(conversation.client.retransmissions &+ conversation.server.retransmissions)
        }
        if let kind = conversation.application {
            buffer.write("  ")
            buffer.write(kind.name)
        }
        buffer.write("\n")
    }
}

extension ByteBuffer {
    fileprivate mutating func left(_ width: Int, _ write: (inout ByteBuffer) -> Void) {
        let start = count
        write(&self)
        spaces(max(1, width - (count - start)))
    }

    fileprivate mutating func left(_ text: StaticString, _ width: Int) { left(width) { $0.write(text) } }

    fileprivate mutating func right(_ width: Int, _ write: (inout ByteBuffer) -> Void) {
        var text = ByteBuffer()
        write(&text)
        spaces(max(1, width - text.count))
        append(text.bytes)
    }

    fileprivate mutating func right(_ text: StaticString, _ width: Int) { right(width) { $0.write(text) } }
}

extension ConversationOutcome {
    fileprivate var tableName: StaticString {
        switch self {
        case .open: "open"
        case .halfClosed: "half-closed"
        case .closed: "closed"
        case .reset: "reset"
        case .refused: "refused"
        }
    }
}
