// One line per conversation, for people.

public import Conversations
internal import PacketDecoding

/// How the table of conversations looks.
public struct ConversationTableOptions: Sendable {
    /// Terminal columns that no line exceeds, where there are 40 or more; nil shows all there is to show.
    ///
    /// Where they do not suffice, bytes are told as `6.1 MB` and seconds with three decimals. Then these are left out,
    /// each only if those before it were not enough: start, rtt, packets, application, retransmissions. Then endpoints
    /// are cut down to 20 columns; then duration, bytes and state are left out; at last endpoints are cut to what remains.
    public var columns: Int?
    /// What the conversations are sorted by: a column that stays.
    public var order = ConversationColumn.number
    /// Nothing beyond ASCII.
    public var usesASCII = false

    public init() {}
}

/// Writes conversations one below the other, in columns as wide as they need to be.
public struct ConversationTableReport: ~Copyable, Sendable {
    private enum Cell: Int, CaseIterable {
        case number, client, server, state, clientPackets, clientBytes, serverPackets, serverBytes, start, duration
        case rtt, retransmissions, application, error

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
            case .error: "icmp error"
            }
        }

        /// Words begin on the left, amounts end on the right.
        var isLeft: Bool {
            switch self {
            case .number, .client, .server, .state, .application, .error: true
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
            case .error: []
            }
        }
    }

    fileprivate static let gap = 2
    /// Left out in this order; before the last ones endpoints are cut.
    private static let leastImportant: [[Cell]] = [
        [.start], [.rtt], [.clientPackets, .serverPackets], [.application], [.retransmissions],
    ]
    private static let lessImportant: [[Cell]] = [[.duration], [.clientBytes, .serverBytes], [.state], [.error]]
    private static let shortEndpoint = 20

    private let options: ConversationTableOptions
    private var widths: [Int] = Cell.allCases.map(\.title.utf8CodeUnitCount)
    /// Of amounts in their short form.
    private var shortWidths: [Int]
    /// Of states in full.
    private var longState = 0
    /// The largest amounts, which are as wide as any.
    private var most = Extremes()
    /// There is something for that column.
    private var hasErrors = false
    private var first: Timestamp?
    private var last: Timestamp?
    private var scratch = ByteBuffer()

    // What the columns make of it.
    private var cells = Cell.allCases
    private var isShort = false
    /// The cells as the rows have them.
    private var shown: [(cell: Cell, width: Int, isLeft: Bool)] = []

    public init(_ options: ConversationTableOptions = ConversationTableOptions()) {
        self.options = options
        shortWidths = widths
    }

    /// Makes room for `conversation`: call it for all of them first.
    public mutating func measure(_ conversation: ConversationSummary) {
        if let time = conversation.firstTime {
            first = min(first ?? time, time)
            last = max(last ?? time, time)
        }
        most.note(conversation)
        fit(.client, conversation.key.client, conversation)
        fit(.server, conversation.key.server, conversation)
        if conversation.key.transport == .tcp {
            fit(.state, conversation.outcome.shortTableName.utf8CodeUnitCount)
            longState = max(longState, conversation.outcome.tableName.utf8CodeUnitCount)
        }
        if let kind = conversation.application { fit(.application, kind.name.utf8CodeUnitCount) }
        if let error = conversation.lastError {
            hasErrors = true
            scratch.removeAll()
            scratch.error(error, to: conversation.lastErrorSide)
            fit(.error, scratch.count)
        }
        // In short, an amount may be wider than a larger one; nobody asks where there is room.
        if options.columns != nil {
            fit(.clientBytes, conversation)
            fit(.serverBytes, conversation)
        }
    }

    private mutating func fit(_ cell: Cell, _ endpoint: Endpoint, _ conversation: ConversationSummary) {
        switch endpoint.address {
        case .v4(let address): fit(cell, address.textLength + 1 + endpoint.port.textLength)
        case .v6: fit(cell, conversation)
        }
    }

    private mutating func fit(_ cell: Cell, _ width: Int) {
        if width > shortWidths[cell.rawValue] { shortWidths[cell.rawValue] = width }
    }

    private mutating func fit(_ cell: Cell, _ conversation: ConversationSummary) {
        scratch.removeAll()
        Self.write(cell, of: conversation, after: nil, isShort: true, to: &scratch)
        fit(cell, scratch.count)
    }

    /// Decides which columns there are, and writes their names.
    public mutating func writeHeader(to buffer: inout ByteBuffer) {
        if !hasErrors { cells.removeAll { $0 == .error } }
        for cell in [Cell.client, .server, .state, .application, .error] {
            widths[cell.rawValue] = shortWidths[cell.rawValue]
        }
        widths[Cell.state.rawValue] = max(longState, widths[Cell.state.rawValue])
        let amounts: [Cell] = [
            .number, .clientPackets, .clientBytes, .serverPackets, .serverBytes, .duration, .rtt, .retransmissions,
        ]
        for conversation in most.rows {
            for cell in amounts {
                scratch.removeAll()
                Self.write(cell, of: conversation, after: nil, isShort: false, to: &scratch)
                widths[cell.rawValue] = max(widths[cell.rawValue], scratch.count)
                scratch.removeAll()
                Self.write(cell, of: conversation, after: nil, isShort: true, to: &scratch)
                shortWidths[cell.rawValue] = max(shortWidths[cell.rawValue], scratch.count)
            }
        }
        if let first, let last {
            scratch.removeAll()
            scratch.seconds(last.nanoseconds(since: first), isShort: false)
            widths[Cell.start.rawValue] = max(widths[Cell.start.rawValue], scratch.count)
            shortWidths[Cell.start.rawValue] = max(shortWidths[Cell.start.rawValue], scratch.count - 3)
        }
        fit()
        shown = self.cells.map { ($0, widths[$0.rawValue], $0.isLeft) }
        var before = 0
        for (cell, width, isLeft) in shown {
            buffer.pad(&before, to: width, isLeft: isLeft, usesASCII: options.usesASCII) { $0.write(cell.title) }
        }
        buffer.write(byte: 0x0a)
    }

    public func write(_ conversation: ConversationSummary, to buffer: inout ByteBuffer) {
        var before = 0
        let (first, isShort, usesASCII) = (first, isShort, options.usesASCII)
        for (cell, width, isLeft) in shown {
            buffer.pad(&before, to: width, isLeft: isLeft, usesASCII: usesASCII) {
                Self.write(cell, of: conversation, after: first, isShort: isShort, to: &$0)
            }
        }
        buffer.write(byte: 0x0a)
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

    /// - Parameter first: the time that all others count from.
    private static func write(
        _ cell: Cell, of conversation: ConversationSummary, after first: Timestamp?, isShort: Bool,
        to text: inout ByteBuffer
    ) {
        let isTCP = conversation.key.transport == .tcp
        switch cell {
        case .number:
            if !isTCP { text.write("udp:") }
            text.decimal(conversation.number)
        case .client: text.endpoint(conversation.key.client)
        case .server: text.endpoint(conversation.key.server)
        case .state:
            let outcome = conversation.outcome
            text.write(isTCP ? isShort ? outcome.shortTableName : outcome.tableName : "-")
        case .clientPackets: text.grouped(conversation.clientPackets)
        case .clientBytes: text.bytes(conversation.clientBytes, isShort: isShort)
        case .serverPackets: text.grouped(conversation.serverPackets)
        case .serverBytes: text.bytes(conversation.serverBytes, isShort: isShort)
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
        case .error:
            guard let error = conversation.lastError else { return text.write("-") }
            text.error(error, to: conversation.lastErrorSide)
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

    /// Writes a cell, of ASCII.
    ///
    /// - Parameter before: spaces between what was written and the cell; then those between it and the next one, so that
    ///   a line ends without any.
    @inline(__always)
    fileprivate mutating func pad(
        _ before: inout Int, to width: Int, isLeft: Bool, usesASCII: Bool, _ write: (inout ByteBuffer) -> Void
    ) {
        if isLeft { spaces(before) }
        let place = count
        write(&self)
        var filling = width - (count - place)
        if filling < 0 {
            cutMiddle(from: place, to: width, usesASCII: usesASCII)
            filling = 0
        }
        if !isLeft {
            indent(from: place, by: before + filling)
            filling = 0
        }
        before = filling + ConversationTableReport.gap
    }
}

/// The largest amounts of all conversations.
private struct Extremes: Sendable {
    /// Made up: of the most TCP has of everything, and UDP; the second row takes the shortest round trip.
    private var most = ConversationSummary(transport: .tcp)
    private var least = ConversationSummary(transport: .tcp)
    private var datagrams = ConversationSummary(transport: .udp)
    private var hasDatagrams = false

    var rows: [ConversationSummary] { hasDatagrams ? [most, least, datagrams] : [most, least] }

    mutating func note(_ conversation: ConversationSummary) {
        if conversation.key.transport == .tcp {
            most.number = max(most.number, conversation.number)
            most.retransmissions = max(most.retransmissions, conversation.retransmissions)
            if let time = conversation.handshakeRoundTripTime {
                most.handshakeRoundTripTime = max(most.handshakeRoundTripTime ?? time, time)
                least.handshakeRoundTripTime = min(least.handshakeRoundTripTime ?? time, time)
            }
        } else {
            hasDatagrams = true
            datagrams.number = max(datagrams.number, conversation.number)
        }
        most.clientPackets = max(most.clientPackets, conversation.clientPackets)
        most.clientBytes = max(most.clientBytes, conversation.clientBytes)
        most.serverPackets = max(most.serverPackets, conversation.serverPackets)
        most.serverBytes = max(most.serverBytes, conversation.serverBytes)
        guard let duration = conversation.duration, duration > most.duration ?? -1 else { return }
        most.firstTime = conversation.firstTime
        most.lastTime = conversation.lastTime
    }
}

extension ConversationOutcome {
    /// In fewer columns.
    fileprivate var shortTableName: StaticString { self == .halfOpenScan ? "open port" : tableName }

    fileprivate var tableName: StaticString {
        switch self {
        case .open: "open"
        case .unanswered: "unanswered"
        case .unfinished: "unfinished"
        case .halfClosed: "half-closed"
        case .closed: "closed"
        case .reset: "reset"
        case .refused: "refused"
        case .halfOpenScan: "open port, half-open scan"
        case .replaced: "replaced"
        }
    }
}

extension IPv4Address {
    /// Characters that it is shown in.
    fileprivate var textLength: Int {
        func length(_ shift: UInt32) -> Int {
            let octet = rawValue >> shift & 0xff
            return 1 + (octet >= 10 ? 1 : 0) + (octet >= 100 ? 1 : 0)
        }
        return 3 + length(24) + length(16) + length(8) + length(0)
    }
}

extension UInt16 {
    /// Its decimal digits.
    fileprivate var textLength: Int {
        1 + (self >= 10 ? 1 : 0) + (self >= 100 ? 1 : 0) + (self >= 1000 ? 1 : 0) + (self >= 10_000 ? 1 : 0)
    }
}
