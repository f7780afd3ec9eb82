import Conversations
import PacketDecoding

/// What one side said before the other spoke, or as much of it as is shown at a time.
struct StreamTurn: ~Copyable {
    /// Something to say between the bytes.
    struct Mark: BitwiseCopyable {
        enum Kind {
            case gap(StreamGapReason)
            /// - Parameter offset: where the bytes were that had come first, if they have been shown already.
            case conflict(shownAt: Int?)
            case discarded(StreamDiscardReason)
            case reset
        }

        let kind: Kind
        /// Bytes that it is about.
        let length: Int
        /// Bytes of the turn before it.
        let position: Int
    }

    private(set) var bytes = ByteBuffer(capacity: 4096)
    private(set) var marks: [Mark] = []
    private(set) var isEmpty = true
    /// Where it begins.
    private(set) var place = StreamPlace(conversation: 0, side: .client)

    mutating func append(_ more: RawSpan, at place: StreamPlace) {
        begin(place)
        bytes.append(more)
    }

    mutating func append(_ kind: Mark.Kind, length: Int, at place: StreamPlace) {
        begin(place)
        marks.append(Mark(kind: kind, length: length, position: bytes.count))
    }

    private mutating func begin(_ place: StreamPlace) {
        if isEmpty { self.place = place }
        isEmpty = false
    }

    /// Writes the bytes, and in their places the marks.
    ///
    /// - Parameter application: what the conversation carries.
    func write(
        _ options: TranscriptOptions, _ application: LayerKind?, _ transport: Transport, to text: inout ByteBuffer
    ) {
        var position = 0
        var offset = place.offset
        for index in 0...marks.count {
            let stop = index < marks.count ? marks[index].position : bytes.count
            if stop > position {
                let piece = bytes.bytes.clipped(from: position, to: stop)
                if options.format == .text {
                    text.streamMixed(piece, from: offset, application, transport, options)
                } else {
                    text.streamHex(piece, from: offset, isIndented: place.side == .server)
                }
                offset &+= stop &- position
                position = stop
            }
            guard index < marks.count else { break }
            marks[index].kind.write(marks[index].length, to: &text)
            if case .gap = marks[index].kind { offset &+= marks[index].length }
        }
    }

    /// Whether there is nothing but something to say between the bytes.
    var hasOnlyMarks: Bool { bytes.isEmpty && !marks.isEmpty }

    /// Writes the bytes as a record; such a turn has no marks.
    func writeRecord(_ transport: Transport, to text: inout ByteBuffer) {
        text.streamData(bytes.bytes, transport, place)
    }

    mutating func removeAll() {
        // A long turn's memory is kept for the next one: that there is one is likely.
        bytes.removeAll()
        marks.removeAll(keepingCapacity: true)
        isEmpty = true
    }
}

extension StreamTurn.Mark.Kind {
    /// `[1,448 bytes not captured]`
    func write(_ length: Int, to buffer: inout ByteBuffer) {
        if case .reset = self { return buffer.write("[reset]\n") }
        buffer.write("[")
        buffer.grouped(length)
        buffer.write(length == 1 ? " byte" : " bytes")
        switch self {
        case .conflict(let offset?):
            buffer.write(" sent again from offset ")
            buffer.decimal(offset)
            buffer.write(" on, and not the same: what came first was shown")
        case .gap(.memory): buffer.write(" given up: too much came before them")
        case .gap: buffer.write(" not captured")
        case .conflict(nil): buffer.write(" sent twice, and not the same: what came first is shown")
        case .discarded(.afterFIN): buffer.write(" after the FIN left out")
        case .discarded(.beforeFirst): buffer.write(" before the first ones captured left out")
        case .discarded(.outOfWindow): buffer.write(" left out: no window reaches that far")
        case .discarded(.late): buffer.write(" left out: a gap had been told in their place")
        case .reset: break
        }
        buffer.write("]\n")
    }
}
