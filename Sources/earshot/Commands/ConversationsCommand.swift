import ArgumentParser
import Conversations
import Host
import PacketDecoding
import Rendering

struct ConversationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conversations", abstract: "One line per TCP or UDP conversation.",
        usage: "earshot conversations FILE | -i IFACE [options] [FILTER ...]")

    @OptionGroup var source: SourceOptions

    @Option(help: ArgumentHelp("text or json (JSON Lines).", valueName: "FORMAT"))
    var format: OutputFormat = .text

    @Flag(help: "With --format json: also a record per TCP segment.")
    var segments = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Sort by \(ConversationColumn.allCases.map(\.rawValue).joined(separator: ", ")); -COLUMN sorts downwards.",
            valueName: "COLUMN"))
    var sort: ConversationOrder = ConversationOrder()

    @Flag(help: "Sort the other way round.")
    var reverse = false

    @Flag(help: "Every column, however wide the terminal is.")
    var wide = false

    mutating func validate() throws {
        if segments && format != .json { throw ValidationError("--segments is for --format json") }
    }

    func run() throws {
        var order = sort
        if reverse { order.isDescending.toggle() }
        var table = ConversationTableOptions()
        table.order = order.column
        table.columns = wide || !Terminal.isTerminal() ? nil : Terminal.width()
        table.usesASCII = !Terminal.isUTF8
        var conversations = ListedConversations(
            ports: try source.ports(), format: format, listsSegments: segments, order: order, table: table)
        try source.open().pump(into: &conversations)
    }
}

/// A column and a direction.
struct ConversationOrder: ExpressibleByArgument {
    var column = ConversationColumn.number
    var isDescending = false

    var defaultValueDescription: String { column.rawValue }

    init() {}

    init?(argument: String) {
        isDescending = argument.hasPrefix("-")
        guard let column = ConversationColumn(rawValue: String(argument.drop { $0 == "-" })) else { return nil }
        self.column = column
    }
}

/// Lists conversations once all is read; their segments as they come.
private struct ListedConversations: PacketConsumer, ~Copyable {
    private let format: OutputFormat
    private let listsSegments: Bool
    private let order: ConversationOrder
    private let table: ConversationTableOptions
    private var follower: ConversationFollower
    private var digests: PayloadDigests
    private var evictedCount = 0
    private var output = Output()

    init(
        ports: PortMap, format: OutputFormat, listsSegments: Bool, order: ConversationOrder,
        table: ConversationTableOptions
    ) {
        self.format = format
        self.listsSegments = listsSegments
        self.order = order
        self.table = table
        let capacity = format == .json ? Self.jsonCapacity : Self.textCapacity
        digests = PayloadDigests(capacity: capacity)
        follower = ConversationFollower(ports: ports, only: nil, capacity: capacity)
    }

    /// Conversations kept, so that the program takes 512 MiB at most: about 1,000 bytes each, and twice as much with the
    /// digests of both sides, whose hash table has 1 << 19 places and is to be three quarters full at most.
    private static var textCapacity: Int { 500_000 }
    private static var jsonCapacity: Int { 3 << 16 }

    mutating func consume(_ frame: Frame) throws(Failure) {
        guard format == .json else { return follower.count(frame) }
        follower.follow(frame) { step, payload, _, _ in
            guard step.transport == .tcp && !step.notes.contains(.icmpError) else { return }
            digests.observe(step, payload)
            if listsSegments { output.buffer.segmentRecord(step) }
        }
        if follower.table.evictedCount > evictedCount {
            evictedCount = follower.table.evictedCount
            if let evicted = follower.table.lastEvicted, evicted.transport == .tcp { digests.remove(evicted.number) }
        }
        if listsSegments { try output.flushIfFull() }
    }

    mutating func pause() throws(Failure) { try output.flush() }

    mutating func finish() throws(Failure) {
        digests.finish()
        follower.settleRoles { [isJSON = format == .json] in if isJSON && $0 == .tcp { digests.swapRoles($1) } }
        switch format {
        case .json:
            let keys = try sorted()
            for key in keys {
                guard let conversation = follower.table.conversation(key.transport, key.number) else { continue }
                output.buffer.conversationRecord(
                    conversation, clientPayload: digests.payload(conversation.number, .client),
                    serverPayload: digests.payload(conversation.number, .server))
                try output.flushIfFull()
            }
        case .text: try writeTable()
        }
        try output.flush()
        follower.reportNothing()
        if follower.table.evictedCount > 0 {
            StandardError.write(
                line: "more conversations than are kept: \(follower.table.evictedCount) left out")
        }
        follower.reportFragments()
        if let failure = digests.failure { throw Failure(failure) }
    }

    private func sorted() throws(Failure) -> [ConversationSortKey] {
        var keys: [ConversationSortKey] = []
        keys.reserveCapacity(follower.table.count)
        try follower.forEachSummary { conversation throws(Failure) in
            keys.append(order.column.sortKey(conversation))
        }
        guard order.column != .number || order.isDescending else { return keys }
        keys.sort { $0.precedes($1, isDescending: order.isDescending) }
        return keys
    }

    private mutating func writeTable() throws(Failure) {
        guard follower.table.count > 0 else { return }
        var report = ConversationTableReport(table)
        try follower.forEachSummary { conversation throws(Failure) in report.measure(conversation) }
        report.writeHeader(to: &output.buffer)
        guard order.column != .number || order.isDescending else {
            return try follower.forEachSummary { conversation throws(Failure) in
                report.write(conversation, to: &output.buffer)
                try output.flushIfFull()
            }
        }
        for key in try sorted() {
            guard let conversation = follower.table.summary(key.transport, key.number) else { continue }
            report.write(conversation, to: &output.buffer)
            try output.flushIfFull()
        }
    }
}
