// One line per conversation, for people.

public import Conversations
internal import PacketDecoding

/// How the table of conversations looks.
public struct ConversationTableOptions: Sendable {
    /// Terminal columns that no line exceeds, where there are 40 or more; nil shows all there is to show.
    ///
    /// Where they do not suffice, bytes are told as `6.1 MB` and seconds with three decimals. Then these are left out, each only if those before it were
    /// not enough: start, rtt, packets, application, retransmissions. Then endpoints are cut down to 20 columns; then
    /// duration, bytes and state are left out; at last endpoints are cut to what remains.
    public var columns: Int?
    /// What the conversations are sorted by: a column that stays.
    public var order = ConversationColumn.number
    /// Nothing beyond ASCII.
    public var usesASCII = false

    public init() {}
}

/// Writes conversations one below the other, in columns as wide as they need to be.
public struct ConversationTableReport: Sendable {
    private enum Cell: Int, CaseIterable {
        case number, client, server, state, clientPackets, clientBytes, serverPackets, serverBytes, start, duration
        case rtt, retransmissions, application

        var title: StaticString {
            switch self {
            case .number: "number"
            case .client: "client"
            case .server: "server"
            case .state: "state"
            case .clientPackets: "-> packets"
            case .clientBytes: "-> bytes"
            case .serverPackets: "<- packets"
            case .serverBytes: "<- bytes"
            case .start: "start"
            case .duration: "duration"
            case .rtt: "rtt ms"
            case .retransmissions: "retr"
            case .application: "application"
            }
        }

        /// Words begin on the left, amounts end on the right.
        var isLeft: Bool {
            switch self {
            case .number, .client, .server, .state, .application: true
            default: false
            }
        }

        /// What is sorted by where this is a column that stays.
        var orders: [ConversationColumn] {
            switch self {
            case .number: [.number, .transport]
            case .client: [.client]
            case .server: [.server]
            case .state: [.state]
            case .clientPackets: [.clientPackets, .packets]
            case .clientBytes: [.clientBytes, .bytes]
            case .serverPackets: [.serverPackets, .packets]
            case .serverBytes: [.serverBytes, .bytes]
            case .start: [.start]
            case .duration: [.duration]
            case .rtt: [.rtt]
            case .retransmissions: [.retransmissions]
            case .application: [.application]
            }
        }
    }

    private static let gap = 2
    /// Left out in this order; before the last ones endpoints are cut.
    private static let leastImportant: [[Cell]] = [
        [.start], [.rtt], [.clientPackets, .serverPackets], [.application], [.retransmissions],
    ]
    private static let lessImportant: [[Cell]] = [[.duration], [.clientBytes, .serverBytes], [.state]]
    private static let shortEndpoint = 20

    private let options: ConversationTableOptions
    private var widths: [Int] = Cell.allCases.map(\.title.utf8CodeUnitCount)
    /// Of amounts in their short form.
    private var shortWidths: [Int]
    private var first: Timestamp?
    private var last: Timestamp?

    // What the columns make of it.
    private var cells = Cell.allCases
    private var isShort = false

    public init(_ options: ConversationTableOptions = ConversationTableOptions()) {
        self.options = options
        shortWidths = widths
    }

    /// Makes room for `conversation`: call it for all of them first.
    public mutating func measure(_ conversation: Conversation) {
        if let time = conversation.firstTime {
            first = min(first ?? time, time)
            last = max(last ?? time, time)
        }
        var text = ByteBuffer()
        for cell in Cell.allCases where cell != .start {
            text.removeAll()
            write(cell, of: conversation, isShort: false, to: &text)
            widths[cell.rawValue] = max(widths[cell.rawValue], text.count)
            text.removeAll()
            write(cell, of: conversation, isShort: true, to: &text)
            shortWidths[cell.rawValue] = max(shortWidths[cell.rawValue], text.count)
        }
    }

    /// Decides which columns there are, and writes their names.
    public mutating func writeHeader(to buffer: inout ByteBuffer) {
        if let first, let last {
            var text = ByteBuffer()
            text.seconds(last.nanoseconds(since: first), isShort: false)
            widths[Cell.start.rawValue] = max(widths[Cell.start.rawValue], text.count)
            shortWidths[Cell.start.rawValue] = max(shortWidths[Cell.start.rawValue], text.count - 3)
        }
        fit()
        var line = ByteBuffer()
        for cell in cells { pad(cell, &line) { $0.write(cell.title) } }
        line.endLine(to: &buffer)
    }

    public func write(_ conversation: Conversation, to buffer: inout ByteBuffer) {
        var line = ByteBuffer()
        for cell in cells {
            pad(cell, &line) {
                let start = $0.count
                write(cell, of: conversation, isShort: isShort, to: &$0)
                let width = widths[cell.rawValue]
                if $0.count - start > width { $0.cutMiddle(from: start, to: width, usesASCII: options.usesASCII) }
            }
        }
        line.endLine(to: &buffer)
    }
}

extension ConversationTableReport {
    /// Makes the line as narrow as it has to be.
    private mutating func fit() {
        guard let columns = options.columns.map({ max(40, $0) }), width > columns else { return }
        isShort = true
        widths = shortWidths
        leaveOut(Self.leastImportant, columns)
        cutEndpoints(to: Self.shortEndpoint, columns)
        leaveOut(Self.lessImportant, columns)
        cutEndpoints(to: Cell.client.title.utf8CodeUnitCount, columns)
    }

    private var width: Int { cells.reduce(-Self.gap) { $0 + widths[$1.rawValue] + Self.gap } }

    private mutating func leaveOut(_ groups: [[Cell]], _ columns: Int) {
        for group in groups where width > columns {
            cells.removeAll { group.contains($0) && !$0.orders.contains(options.order) }
        }
    }

    /// Takes from the longer of the two first.
    private mutating func cutEndpoints(to least: Int, _ columns: Int) {
        while width > columns {
            let longer: Cell = widths[Cell.client.rawValue] > widths[Cell.server.rawValue] ? .client : .server
            guard widths[longer.rawValue] > least else { return }
            widths[longer.rawValue] -= 1
        }
    }

    private func pad(_ cell: Cell, _ line: inout ByteBuffer, _ write: (inout ByteBuffer) -> Void) {
        if !line.isEmpty { line.spaces(Self.gap) }
        var text = ByteBuffer(capacity: 64)
        write(&text)
        let filling = widths[cell.rawValue] - text.bytes.columns
        if !cell.isLeft { line.spaces(filling) }
        line.append(text.bytes)
        if cell.isLeft { line.spaces(filling) }
    }

    private func write(_ cell: Cell, of conversation: Conversation, isShort: Bool, to text: inout ByteBuffer) {
        let isTCP = conversation.key.transport == .tcp
        switch cell {
        case .number:
            if !isTCP { text.write("udp:") }
            text.decimal(conversation.number)
        case .client: text.endpoint(conversation.key.client)
        case .server: text.endpoint(conversation.key.server)
        case .state: text.write(isTCP ? conversation.outcome.tableName : "-")
        case .clientPackets: text.grouped(conversation.client.packets)
        case .clientBytes: text.bytes(conversation.client.bytes, isShort: isShort)
        case .serverPackets: text.grouped(conversation.server.packets)
        case .serverBytes: text.bytes(conversation.server.bytes, isShort: isShort)
        case .start:
            guard let first, let start = conversation.firstTime else { return text.write("-") }
            text.seconds(start.nanoseconds(since: first), isShort: isShort)
        case .duration:
            guard let duration = conversation.duration else { return text.write("-") }
            text.seconds(duration, isShort: isShort)
        case .rtt:
            guard let time = conversation.handshakeRoundTripTime else { return text.write("-") }
            if time < 0 { text.write("-") }
            text.decimal(time.magnitude / 1_000_000)
            text.write(".")
            text.decimal(time.magnitude / 1000 % 1000, digits: 3)
        case .retransmissions:
            if isTCP { text.grouped(conversation.retransmissions) } else { text.write("-") }
        case .application:
            if let kind = conversation.application { text.write(kind.name) } else { text.write("-") }
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func bytes(_ count: Int, isShort: Bool) {
        if isShort { byteSize(count) } else { grouped(count) }
    }

    fileprivate mutating func seconds(_ nanoseconds: Int64, isShort: Bool) {
        seconds(nanoseconds, .microseconds)
        if isShort { truncate(to: count - 3) }
    }

    /// Cuts the ASCII text from `start` on to `columns`: what is left out is in the middle, so that an endpoint keeps
    /// its port.
    fileprivate mutating func cutMiddle(from start: Int, to columns: Int, usesASCII: Bool) {
        let ellipsis = usesASCII ? 2 : 1
        let tail = (columns - ellipsis) / 2
        var rest = ByteBuffer(capacity: 64)
        rest.append(bytes.clipped(from: count - tail, to: count))
        truncate(to: start + columns - ellipsis - tail)
        write(usesASCII ? ".." : "…")
        append(rest.bytes)
    }

    /// Adds a line without the spaces at its end.
    fileprivate func endLine(to buffer: inout ByteBuffer) {
        var end = count
        while end > 0, bytes.byte(at: end - 1) == 0x20 { end -= 1 }
        buffer.append(bytes.clipped(from: 0, to: end))
        buffer.write("\n")
    }
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
