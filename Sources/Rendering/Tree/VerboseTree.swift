// Every field of a packet, a line each, indented below its layer.

public import Conversations
public import PacketDecoding

extension ByteBuffer {
    /// Every field of every layer (`-v`), and why the decoding stopped, if it did.
    ///
    /// - Parameters:
    ///   - start: offset of the first layer to show, in bytes; `first`, its index.
    ///   - showsBytes: adds each layer's header bytes in hexadecimal, with their offsets in the frame (`-vv`).
    ///   - bases: what the numbers of the outermost TCP layer count from; nil where that is not known.
    public mutating func verboseTree(
        _ packet: Packet, from start: Int = 0, fromLayer first: Int = 0, showsBytes: Bool = false,
        bases: SegmentBases? = nil
    ) {
        let segment = packet.firstIndex(of: .tcp)
        var tree = VerboseTree(self)
        for index in first..<packet.layers.count where packet.layers[index].offset >= start {
            tree.layer(packet.layers[index])
            if showsBytes { tree.header(packet.headerBytes(at: index), at: packet.layers[index].offset) }
            packet.describe(index, to: &tree)
            if index == segment, let bases, let header = packet.header(TCPHeader.self, at: index) {
                tree.relativeNumbers(header, bases)
            }
        }
        if let fault = packet.fault { tree.fault(fault) }
        self = tree.finish()
    }
}

/// Fields as lines: the name, the value, and in parentheses what it means.
private struct VerboseTree: ~Copyable {
    private enum ListState {
        case empty, words, items
    }

    private var buffer: ByteBuffer
    private var depth = 2
    /// Of the innermost open list.
    private var list = ListState.items

    init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

    consuming func finish() -> ByteBuffer { buffer }

    mutating func layer(_ layer: Layer) {
        let name = layer.kind.name
        // The words, 25 digits and three traits.
        var tail = unsafe buffer.tail(for: name.utf8CodeUnitCount &+ 100)
        tail.put("    ")
        tail.put(name)
        tail.put(", offset ")
        tail.decimal(UInt32(truncatingIfNeeded: layer.offset))
        tail.put(", length ")
        tail.decimal(UInt32(truncatingIfNeeded: layer.headerLength))
        if layer.traits.contains(.quoted) { tail.put(", quoted") }
        if layer.traits.contains(.fragment) { tail.put(", first fragment") }
        if layer.traits.contains(.partial) { tail.put(", cut") }
        tail.put(0x0a)
        unsafe buffer.take(tail)
    }

    /// Header bytes, 16 a line, each line with the offset of its first in the frame.
    mutating func header(_ bytes: RawSpan, at start: Int) {
        var offset = 0
        while offset < bytes.byteCount {
            buffer.write("        0x")
            buffer.hex(UInt64(start &+ offset), digits: 4)
            buffer.write(": ")
            for index in offset..<min(offset &+ 16, bytes.byteCount) {
                buffer.write(" ")
                buffer.hex(UInt64(bytes.byte(at: index)), digits: 2)
            }
            buffer.write("\n")
            offset &+= 16
        }
    }

    mutating func relativeNumbers(_ header: TCPHeader, _ bases: SegmentBases) {
        number("relative_sequence_number", header.sequenceNumber.rawValue &- bases.sequence)
        guard header.flags.contains(.ack) else { return }
        number("relative_acknowledgment_number", header.acknowledgmentNumber.rawValue &- bases.acknowledgment)
    }

    mutating func fault(_ fault: DecodeError) {
        buffer.write("    fault: ")
        buffer.write(fault.layer.name)
        buffer.write(" at offset ")
        buffer.decimal(fault.offset)
        buffer.write(": ")
        buffer.write(fault.reason)
        buffer.write("\n")
    }

    private mutating func begin(_ name: StaticString) { unsafe buffer.take(begin(name, room: 0)) }

    private mutating func end() { buffer.write("\n") }

    /// Puts a field's name at the buffer's tail.
    ///
    /// - Parameter room: how many bytes may be put behind it.
    @unsafe @inline(__always)
    private mutating func begin(_ name: StaticString, room: Int) -> UncheckedWriter {
        let indentation = depth &* 4
        var tail = unsafe buffer.tail(for: indentation &+ name.utf8CodeUnitCount &+ 2 &+ room)
        tail.putSpaces(indentation)
        tail.put(name)
        tail.put(": ")
        return tail
    }

    /// Puts `meaning` and the line's end at `tail`, which has ``room(for:)`` them.
    @unsafe @inline(__always)
    private mutating func end(_ tail: UncheckedWriter, _ meaning: StaticString? = nil) {
        var tail = tail
        if let meaning {
            tail.put(" (")
            tail.put(meaning)
            tail.put(")")
        }
        tail.put(0x0a)
        unsafe buffer.take(tail)
    }

    @inline(__always)
    private func room(for meaning: StaticString?) -> Int { (meaning?.utf8CodeUnitCount ?? 0) &+ 4 }
}

extension VerboseTree: FieldSink {
    mutating func number(_ name: StaticString, _ value: UInt64, meaning: StaticString?) {
        var tail = unsafe begin(name, room: 20 &+ room(for: meaning))
        tail.decimal(value)
        unsafe end(tail, meaning)
    }

    mutating func hexNumber(_ name: StaticString, _ value: UInt64, digits: Int, meaning: StaticString?) {
        guard digits <= 8, value <= UInt32.max else { return wideHexNumber(name, value, digits: digits, meaning) }
        var tail = unsafe begin(name, room: 10 &+ room(for: meaning))
        tail.put("0x")
        let needed = max(1, (67 &- value.leadingZeroBitCount) / 4)
        tail.hex(UInt32(truncatingIfNeeded: value), digits: max(needed, digits))
        unsafe end(tail, meaning)
    }

    private mutating func wideHexNumber(
        _ name: StaticString, _ value: UInt64, digits: Int, _ meaning: StaticString?
    ) {
        begin(name)
        buffer.write("0x")
        buffer.hex(value, digits: digits)
        unsafe end(buffer.tail(for: room(for: meaning)), meaning)
    }

    mutating func boolean(_ name: StaticString, _ value: Bool) { word(name, value ? "yes" : "no") }

    mutating func word(_ name: StaticString, _ value: StaticString) {
        var tail = unsafe begin(name, room: value.utf8CodeUnitCount &+ 1)
        tail.put(value)
        unsafe end(tail)
    }

    mutating func address(_ name: StaticString, _ value: IPv4Address) {
        var tail = unsafe begin(name, room: 17)
        tail.address(value)
        unsafe end(tail)
    }

    mutating func address(_ name: StaticString, _ value: IPv6Address) {
        var tail = unsafe begin(name, room: 49)
        tail.address(value)
        unsafe end(tail)
    }

    mutating func address(_ name: StaticString, _ value: MACAddress) {
        var tail = unsafe begin(name, room: 18)
        tail.address(value)
        unsafe end(tail)
    }

    mutating func address(_ name: StaticString, bytes: RawSpan) {
        begin(name)
        buffer.hexBytes(bytes, separator: ":")
        end()
    }

    mutating func bytes(_ name: StaticString, _ value: RawSpan) {
        begin(name)
        if value.byteCount == 0 { buffer.write("none") }
        buffer.hexBytes(value)
        end()
    }

    mutating func text(_ name: StaticString, _ value: RawSpan) {
        begin(name)
        buffer.write("\"")
        buffer.escaped(value)
        buffer.write("\"")
        end()
    }

    mutating func textWithEscapes(_ name: StaticString, _ value: RawSpan) {
        begin(name)
        buffer.write("\"")
        buffer.keepingEscapes(value)
        buffer.write("\"")
        end()
    }

    mutating func beginList(_ name: StaticString) {
        begin(name)
        list = .empty
    }

    mutating func listWord(_ word: StaticString) {
        var tail = unsafe buffer.tail(for: word.utf8CodeUnitCount &+ 2)
        if list == .words { tail.put(", ") }
        list = .words
        tail.put(word)
        unsafe buffer.take(tail)
    }

    mutating func beginItem(_ title: StaticString) {
        if list == .empty {
            buffer.truncate(to: buffer.count - 1)
            buffer.write("\n")
        }
        depth += 1
        buffer.spaces(depth * 4)
        buffer.write(title)
        buffer.write("\n")
        depth += 1
    }

    mutating func endItem() {
        depth -= 2
        list = .items
    }

    mutating func endList() {
        if list == .empty { buffer.write("none") }
        if list != .items { buffer.write("\n") }
        list = .items
    }
}
