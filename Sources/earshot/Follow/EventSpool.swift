import Conversations
import Host
import PacketDecoding
import Rendering

/// Events by conversation: those in memory are chained, from the last one back; those in the file lie one after the
/// other in runs, one of each time that the memory was full, chained likewise.
struct EventSpool: ~Copyable {
    /// Before a run's events.
    private struct RunHeader: BitwiseCopyable {
        /// Where the conversation's run before it lies; negative where there is none.
        var previous: Int
        /// Of its events, in bytes.
        var byteCount: Int

        static var size: Int { MemoryLayout<RunHeader>.size }
    }

    /// A conversation that has events in memory.
    private struct Chain: BitwiseCopyable {
        /// Where the last of them is.
        var last: Int32
        var transport: Transport
        var number: Int
        /// Where its last run in the file lies; negative where it has none.
        var run: Int
        /// Where the run lies that is being written.
        var nextRun = -1
    }

    /// Bytes that are written, and read, at once: for some of the events, and of the savefile.
    private static var piece: Int { 1 << 17 }
    /// Bytes between two pieces of the savefile that are read with them rather than passed over.
    private static var bridge: Int { 1 << 12 }

    private var file = SpoolFile()
    /// By number: -1 where there is nothing; else, from 0, where its last run lies, and from -2 down its chain.
    private var tcp: [Int] = []
    private var udp: [Int] = []
    private var chains: [Chain] = []
    // Only to keep their memory.
    private var positions: [Int] = []
    private var written = ByteBuffer(capacity: 16)

    private subscript(transport: Transport, number: Int) -> Int {
        get {
            let list = transport == .tcp ? tcp : udp
            return number < list.count ? list[number] : -1
        }
        set {
            func store(_ list: inout [Int]) {
                while list.count <= number { list.append(-1) }
                list[number] = newValue
            }
            if transport == .tcp { store(&tcp) } else { store(&udp) }
        }
    }

    /// Notes an event that is about to be kept at `position` in memory.
    ///
    /// - Returns: where the one before it of its conversation is.
    mutating func link(_ event: StreamEvent, at position: Int) -> Int32 {
        let position = Int32(truncatingIfNeeded: position)
        let state = self[event.transport, event.conversation]
        guard state <= -2 else {
            chains.append(
                Chain(last: position, transport: event.transport, number: event.conversation, run: state))
            self[event.transport, event.conversation] = -1 &- chains.count
            return -1
        }
        let previous = chains[-2 &- state].last
        chains[-2 &- state].last = position
        return previous
    }

    /// Writes everything in memory to the file. Until all of it is there nothing refers to it: after an error memory
    /// holds what it held.
    mutating func spill(_ memory: borrowing ByteBuffer) throws(HostError) {
        written.removeAll()
        for index in chains.indices {
            let chain = chains[index]
            let byteCount = trace(chain, memory)
            chains[index].nextRun = file.count &+ written.count
            let header = RunHeader(previous: chain.run, byteCount: byteCount)
            unsafe withUnsafeBytes(of: header) { unsafe written.append($0.bytes) }
            while let position = positions.popLast() {
                written.append(Self.kept(memory.bytes, at: position))
                if written.count >= Self.piece { try write() }
            }
        }
        try write()
        for chain in chains { self[chain.transport, chain.number] = chain.nextRun }
        chains.removeAll(keepingCapacity: true)
    }

    private mutating func write() throws(HostError) {
        try Self.append(written, to: &file)
        written.removeAll()
    }

    // The compiler takes a span of one property for one of all.
    private static func append(_ bytes: borrowing ByteBuffer, to file: inout SpoolFile) throws(HostError) {
        try file.append(bytes.bytes)
    }

    /// Fills ``positions`` with those of a chain's events, the last one first.
    ///
    /// - Returns: how many bytes they take.
    private mutating func trace(_ chain: Chain, _ memory: borrowing ByteBuffer) -> Int {
        var byteCount = 0
        var position = chain.last
        positions.removeAll(keepingCapacity: true)
        while position >= 0 {
            positions.append(Int(position))
            let event = StreamEvent(in: memory.bytes, at: Int(position))
            byteCount &+= StreamEvent.size &+ event.keptBytes
            position = event.previous
        }
        return byteCount
    }

    /// An event with its bytes.
    @_lifetime(copy memory)
    private static func kept(_ memory: RawSpan, at position: Int) -> RawSpan {
        let event = StreamEvent(in: memory, at: position)
        return memory.clipped(from: position, to: position &+ StreamEvent.size &+ event.keptBytes)
    }
}

extension EventSpool {
    /// Hands the events of one conversation to `sink`.
    ///
    /// - Parameters:
    ///   - isReversed: whether client and server are the other way round than where the events were kept.
    ///   - memory: of those that are in no file.
    ///   - savefile: where the bytes lie that were not kept.
    ///   - pause: called after each event.
    mutating func replay<Sink: StreamSink & ~Copyable>(
        _ transport: Transport, _ number: Int, isReversed: Bool, _ memory: borrowing ByteBuffer,
        from savefile: inout FileWindow?, into sink: inout Sink, pause: (inout Sink) throws(Failure) -> Void
    ) throws(Failure) {
        let state = self[transport, number]
        try traceRuns(state <= -2 ? chains[-2 &- state].run : state)
        while let run = positions.popLast() {
            let end = run &+ RunHeader.size &+ (try header(run).byteCount)
            var position = run &+ RunHeader.size
            while position < end {
                position &+= try replay(
                    at: position, upTo: end, isReversed, from: &savefile, into: &sink, pause)
            }
        }
        guard state <= -2 else { return }
        _ = trace(chains[-2 &- state], memory)
        written.removeAll()
        while let position = positions.popLast() {
            written.append(Self.kept(memory.bytes, at: position))
            guard written.count >= Self.piece || positions.isEmpty else { continue }
            _ = try Self.hand(written.bytes, isReversed, from: &savefile, to: &sink, pause)
            written.removeAll()
        }
    }

    /// Fills ``positions`` with those of the runs from the last one, at `position`, back.
    private mutating func traceRuns(_ position: Int) throws(Failure) {
        var position = position
        positions.removeAll(keepingCapacity: true)
        while position >= 0 {
            positions.append(position)
            position = try header(position).previous
        }
    }

    private mutating func header(_ position: Int) throws(Failure) -> RunHeader {
        // Runs of short conversations lie near each other.
        let bytes = try stored(at: position, count: RunHeader.size, ahead: 1 << 12)
        return unsafe bytes.unsafeLoadUnaligned(as: RunHeader.self)
    }

    @_lifetime(&self)
    private mutating func stored(at position: Int, count: Int, ahead: Int = 0) throws(Failure) -> RawSpan {
        do throws(HostError) {
            return try file.bytes(at: position, count: count, ahead: ahead)
        } catch {
            throw Failure(error)
        }
    }

    /// Hands the events from `position` on to `sink`, as many as are read at once.
    ///
    /// - Returns: how many bytes they take.
    private mutating func replay<Sink: StreamSink & ~Copyable>(
        at position: Int, upTo end: Int, _ isReversed: Bool, from savefile: inout FileWindow?,
        into sink: inout Sink, _ pause: (inout Sink) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        let piece = min(end &- position, Self.piece)
        let first = try StreamEvent(in: stored(at: position, count: StreamEvent.size, ahead: piece), at: 0)
        let kept = try stored(at: position, count: max(piece, StreamEvent.size &+ first.keptBytes))
        return try Self.hand(kept, isReversed, from: &savefile, to: &sink, pause)
    }

    /// Hands the whole events at the beginning of `kept` to `sink`.
    ///
    /// - Returns: how many bytes they take.
    private static func hand<Sink: StreamSink & ~Copyable>(
        _ kept: RawSpan, _ isReversed: Bool, from savefile: inout FileWindow?, to sink: inout Sink,
        _ pause: (inout Sink) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        var offset = 0
        while offset &+ StreamEvent.size <= kept.byteCount {
            var event = StreamEvent(in: kept, at: offset)
            if isReversed { event.swapRoles() }
            let next = offset &+ StreamEvent.size &+ event.keptBytes
            guard next <= kept.byteCount else { break }
            if event.liesElsewhere {
                try handElsewhere(event, before: kept, at: next, from: &savefile, to: &sink)
            } else {
                event.hand(kept.clipped(from: offset &+ StreamEvent.size, to: next), to: &sink)
            }
            try pause(&sink)
            offset = next
        }
        return offset
    }

    /// - Parameter next: where the events after it begin in `kept`.
    private static func handElsewhere<Sink: StreamSink & ~Copyable>(
        _ event: StreamEvent, before kept: RawSpan, at next: Int, from savefile: inout FileWindow?,
        to sink: inout Sink
    ) throws(Failure) {
        let isThere = savefile?.holds(event.position, count: event.bytes) ?? true
        let ahead = isThere ? 0 : reach(event, kept, next)
        do throws(HostError) {
            guard let bytes = try savefile?.bytes(at: event.position, count: event.bytes, ahead: ahead) else { return }
            event.hand(bytes, to: &sink)
        } catch {
            throw Failure(error)
        }
    }

    /// How many bytes of the savefile are worth reading at once, from those of `event` on.
    private static func reach(_ event: StreamEvent, _ kept: RawSpan, _ next: Int) -> Int {
        var end = event.position &+ event.bytes
        var offset = next
        while offset &+ StreamEvent.size <= kept.byteCount {
            let later = StreamEvent(in: kept, at: offset)
            offset &+= StreamEvent.size &+ later.keptBytes
            guard later.liesElsewhere else { continue }
            guard later.position >= end, later.position &- end <= bridge else { break }
            end = later.position &+ later.bytes
            if end &- event.position >= piece { break }
        }
        return end &- event.position
    }
}
