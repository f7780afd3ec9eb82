import ArgumentParser
import Conversations
import Host
import PacketCapture
import PacketDecoding
import Rendering

struct ConversationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conversations", abstract: "One line per TCP or UDP conversation.",
        usage: "earshot conversations FILE | -i IFACE [options] [FILTER ...]")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @OptionGroup var interface: InterfaceOption
    @OptionGroup var input: FileOptions
    @OptionGroup var live: LiveOptions
    @OptionGroup var limit: LimitOption
    @OptionGroup var filter: FilterOptions
    @OptionGroup var rights: RightsOptions
    @OptionGroup var decoding: DecodeOptions

    @Option(help: ArgumentHelp("text or json (JSON Lines).", valueName: "FORMAT"))
    var format: Format = .text

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

    @Argument(help: ArgumentHelp("The savefile, unless -i or -r is given, and the filter.", valueName: "FILE"))
    var words: [String] = []

    mutating func validate() throws {
        if segments && format != .json { throw ValidationError("--segments is for --format json") }
    }

    func run() throws {
        var order = sort
        if reverse { order.isDescending.toggle() }
        var conversations = ListedConversations(
            ports: try decoding.ports(), format: format, listsSegments: segments, order: order)
        if let name = interface.interface {
            try input.refuse(beside: name)
            var source = try live.open(name, filter: filter.expression(words))
            source.announce()
            try pump(
                &source, limit: limit.limit, duration: live.duration, lockdown: rights.lockdown(), into: &conversations)
        } else {
            try live.refuse()
            let opened = try input.open(words, filter: filter)
            try opened.pump(limit: limit.limit, lockdown: rights.lockdown(), into: &conversations)
        }
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
    private let format: ConversationsCommand.Format
    private let listsSegments: Bool
    private let order: ConversationOrder
    private var follower: ConversationFollower
    private var digests = PayloadDigests()
    private var evictedCount = 0
    private var output = Output()

    init(ports: PortMap, format: ConversationsCommand.Format, listsSegments: Bool, order: ConversationOrder) {
        self.format = format
        self.listsSegments = listsSegments
        self.order = order
        follower = ConversationFollower(ports: ports, only: nil, recognizesServers: false)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        guard format == .json else { return follower.follow(frame) { _, _, _ in } }
        follower.follow(frame) { step, payload, _ in
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
        let keys = try sorted()
        switch format {
        case .json:
            digests.finish()
            for key in keys {
                guard let conversation = follower.table.conversation(key.transport, key.number) else { continue }
                output.buffer.conversationRecord(
                    conversation, clientPayload: digests.payload(conversation.number, .client),
                    serverPayload: digests.payload(conversation.number, .server))
                try output.flushIfFull()
            }
        case .text: try writeTable(keys)
        }
        try output.flush()
        follower.reportNothing()
        if follower.table.evictedCount > 0 {
            StandardError.write(
                line: "more conversations than are kept: \(follower.table.evictedCount) left out")
        }
        follower.reportFragments()
    }

    private func sorted() throws(Failure) -> [ConversationSortKey] {
        var keys: [ConversationSortKey] = []
        keys.reserveCapacity(follower.table.count)
        try follower.forEach { conversation throws(Failure) in keys.append(order.column.sortKey(conversation)) }
        guard order.column != .number || order.isDescending else { return keys }
        if order.isDescending { keys.sort { $1 < $0 } } else { keys.sort() }
        return keys
    }

    private mutating func writeTable(_ keys: [ConversationSortKey]) throws(Failure) {
        guard !keys.isEmpty else { return }
        var report = ConversationTableReport()
        try follower.forEach { conversation throws(Failure) in report.measure(conversation) }
        report.writeHeader(to: &output.buffer)
        for key in keys {
            guard let conversation = follower.table.conversation(key.transport, key.number) else { continue }
            report.write(conversation, to: &output.buffer)
            try output.flushIfFull()
        }
    }
}
