import Conversations
import PacketDecoding
import Testing

@testable import Rendering

@Suite struct ConversationTableReportTests {
    private static func conversation(
        _ number: Int, _ transport: Transport = .tcp, client: IPAddress = .v4(IPv4Address(10, 0, 0, 1)),
        port: UInt16 = 40000, _ change: (inout Conversation) -> Void = { _ in }
    ) -> Conversation {
        let server = Endpoint(address: .v4(IPv4Address(10, 0, 0, 2)), port: 80)
        var conversation = Conversation(
            key: ConversationKey(
                transport: transport, client: Endpoint(address: client, port: port), server: server),
            number: number, firstFrame: 1)
        change(&conversation)
        return conversation
    }

    private static let download = conversation(0) {
        $0.firstTime = Timestamp(rawValue: 5_000_000_000)
        $0.lastTime = Timestamp(rawValue: 7_500_000_000)
        $0.client.packets = 1200
        $0.client.bytes = 78
        $0.server.packets = 7000
        $0.server.bytes = 10_485_760
        $0.server.retransmissions = 3
        $0.handshakeTime = 40_000
        $0.initialRoundTripTime = 1_034_567
        $0.outcome = .closed
        $0.application = .http
    }

    private static let query = conversation(0, .udp, port: 5353) {
        $0.firstTime = Timestamp(rawValue: 4_000_000_000)
        $0.lastTime = Timestamp(rawValue: 4_000_001_000)
        $0.client.packets = 1
        $0.client.bytes = 30
    }

    private func table(
        _ conversations: [Conversation], columns: Int? = nil, order: ConversationColumn = .number
    ) -> [String] {
        var options = ConversationTableOptions()
        options.columns = columns
        options.order = order
        var report = ConversationTableReport(options)
        for conversation in conversations { report.measure(conversation.summary) }
        return text { buffer in
            report.writeHeader(to: &buffer)
            for conversation in conversations { report.write(conversation.summary, to: &buffer) }
        }.split(separator: "\n").map(String.init)
    }

    @Test func wideTablesShowEverything() {
        #expect(
            table([Self.download, Self.query]).joined(separator: "\n") == """
                number  client          server       state   -> packets  -> bytes  <- packets    <- bytes     start  duration  rtt ms  retr  application
                0       10.0.0.1:40000  10.0.0.2:80  closed       1,200        78       7,000  10,485,760  1.000000  2.500000   1.034     3  http
                udp:0   10.0.0.1:5353   10.0.0.2:80  -                1        30           0           0  0.000000  0.000001       -     -  -
                """)
    }

    @Test func narrowTablesLeaveOutWhatMattersLess() {
        #expect(
            table([Self.download, Self.query], columns: 80).joined(separator: "\n") == """
                number  client          server       state   -> bytes  <- bytes  duration  retr
                0       10.0.0.1:40000  10.0.0.2:80  closed      78 B   10.4 MB     2.500     3
                udp:0   10.0.0.1:5353   10.0.0.2:80  -           30 B       0 B     0.000     -
                """)
    }

    @Test(arguments: [
        (ConversationColumn.start, "start"), (.rtt, "rtt ms"), (.packets, "-> packets"), (.serverPackets, "<- packets"),
        (.application, "application"),
    ])
    func theSortedColumnStays(order: ConversationColumn, title: String) {
        let lines = table([Self.download, Self.query], columns: 80, order: order)
        #expect(lines[0].contains(title))
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test(arguments: 40...170)
    func noLineIsWiderThanTheTerminal(columns: Int) {
        let address = IPAddress.v6(IPv6Address(high: 0x2001_0db8_1111_2222, low: 0x3333_4444_5555_6666))
        let lines = table([Self.download, Self.conversation(1, client: address, port: 65535)], columns: columns)
        #expect(lines.allSatisfy { $0.count <= columns }, "\(lines)")
        #expect(lines[2].contains("6]:65535") || lines[2].contains("…"))
    }

    @Test func endpointsKeepTheirPorts() {
        let address = IPAddress.v6(IPv6Address(high: 0x2001_0db8_1111_2222, low: 0x3333_4444_5555_6666))
        let lines = table([Self.conversation(1, client: address, port: 65535)], columns: 80)
        #expect(lines[1].contains("[2001:db8:1…"))
        #expect(lines[1].contains("]:65535  10.0.0.2:80"))
    }

    private func sorted(_ conversations: [Conversation], _ column: ConversationColumn, isDescending: Bool) -> [Int] {
        conversations.map { column.sortKey($0.summary) }.sorted { $0.precedes($1, isDescending: isDescending) }.map(
            \.number)
    }

    struct Ordering: CustomTestStringConvertible {
        let column: ConversationColumn
        let change: @Sendable (inout Conversation, Int) -> Void
        var testDescription: String { column.rawValue }

        init(_ column: ConversationColumn, _ change: @escaping @Sendable (inout Conversation, Int) -> Void) {
            self.column = column
            self.change = change
        }
    }

    static let orderings = [
        Ordering(.state) { $0.outcome = [.open, .halfClosed, .closed][$1] },
        Ordering(.packets) { $0.server.packets = $1 },
        Ordering(.bytes) { $0.client.bytes = $1 },
        Ordering(.start) { $0.firstTime = Timestamp(rawValue: Int64($1 - 1)) },
        Ordering(.duration) {
            $0.firstTime = Timestamp(rawValue: 0)
            $0.lastTime = Timestamp(rawValue: Int64($1 - 1))
        },
        Ordering(.rtt) {
            $0.handshakeTime = 1
            $0.initialRoundTripTime = Int64($1)
        },
        Ordering(.retransmissions) { $0.client.retransmissions = $1 },
        Ordering(.clientPackets) { $0.client.packets = $1 },
        Ordering(.clientBytes) { $0.client.bytes = $1 },
        Ordering(.serverPackets) { $0.server.packets = $1 },
        Ordering(.serverBytes) { $0.server.bytes = $1 },
        Ordering(.application) { $0.application = [.greeting, .dns, .http].sorted { $0.rawValue < $1.rawValue }[$1] },
    ]

    @Test(arguments: orderings)
    func everyColumnSortsBothWays(_ row: Ordering) {
        let places = [1, 2, 0]
        let all = places.indices.map { number in Self.conversation(number) { row.change(&$0, places[number]) } }
        #expect(sorted(all, row.column, isDescending: false) == [2, 0, 1])
        #expect(sorted(all, row.column, isDescending: true) == [1, 0, 2])
    }

    @Test func endpointsSortByAddressThenPort() {
        let addresses: [(IPAddress, UInt16)] = [
            (.v6(IPv6Address(high: 0, low: 1)), 1), (.v4(IPv4Address(10, 0, 0, 1)), 2),
            (.v6(IPv6Address(high: 0x2001 << 48, low: 0)), 1), (.v4(IPv4Address(10, 0, 0, 1)), 1),
            (.v4(IPv4Address(9, 0, 0, 1)), 3), (.v6(IPv6Address(high: 0x2001 << 48, low: 1)), 0),
        ]
        let all = addresses.enumerated().map { Self.conversation($0, client: $1.0, port: $1.1) }
        #expect(sorted(all, .client, isDescending: false) == [4, 3, 1, 0, 2, 5])
        #expect(sorted(all, .client, isDescending: true) == [5, 2, 0, 1, 3, 4])
    }

    @Test(arguments: [ConversationColumn.start, .duration, .rtt, .application])
    func whatIsMissingComesLastEitherWay(column: ConversationColumn) {
        let all = [Self.conversation(0), Self.conversation(1), Self.download]
        var last = Self.download
        last.number = 2
        for isDescending in [false, true] {
            #expect(sorted([all[0], last, all[1]], column, isDescending: isDescending) == [2, 0, 1])
        }
    }

    @Test func equalOnesKeepTheOrderOfTheirNumbers() {
        let all = (0..<4).map { Self.conversation($0) }
        #expect(sorted(all.reversed(), .bytes, isDescending: true) == [0, 1, 2, 3])
        #expect(sorted(all, .number, isDescending: true) == [3, 2, 1, 0])
    }

    /// Its time to the RST is no round trip of a handshake.
    @Test func aRefusedConnectionHasNoRoundTripTime() {
        let refused = Self.conversation(0) {
            $0.initialRoundTripTime = 12_000
            $0.outcome = .refused
        }
        #expect(
            table([refused])[1].hasSuffix(
                "  refused           0         0           0         0      -         -       -     0  -"))
    }
}
