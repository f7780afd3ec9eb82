// Every field of a packet, a line each, indented below its layer.

public import Conversations
public import PacketDecoding

extension ByteBuffer {
    /// Every field of every layer (`-v`), and why the decoding stopped, if it did.
    ///
    /// - Parameters:
    ///   - start: offset of the first layer to show, in bytes.
    ///   - showsBytes: adds each layer's header bytes in hexadecimal, with their offsets in the frame (`-vv`).
    ///   - bases: what the numbers of the outermost TCP layer count from; nil where that is not known.
    public mutating func verboseTree(
        _ packet: Packet, from start: Int = 0, showsBytes: Bool = false, bases: SegmentBases? = nil
    ) {
        let segment = packet.firstIndex(of: .tcp)
        var tree = VerboseTree(self)
        for index in 0..<packet.layers.count where packet.layers[index].offset >= start {
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
        buffer.write("    ")
        buffer.write(layer.kind.name)
        buffer.write(", offset ")
        buffer.decimal(layer.offset)
        buffer.write(", length ")
        buffer.decimal(layer.headerLength)
        if layer.traits.contains(.quoted) { buffer.write(", quoted") }
        if layer.traits.contains(.fragment) { buffer.write(", first fragment") }
        if layer.traits.contains(.partial) { buffer.write(", cut") }
        buffer.write("\n")
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
        begin("relative_sequence_number")
        buffer.decimal(header.sequenceNumber.rawValue &- bases.sequence)
        buffer.write("\n")
        guard header.flags.contains(.ack) else { return }
        begin("relative_acknowledgment_number")
        buffer.decimal(header.acknowledgmentNumber.rawValue &- bases.acknowledgment)
        buffer.write("\n")
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

    private mutating func begin(_ name: StaticString) {
        buffer.reserve(depth * 4 + name.utf8CodeUnitCount + 32)
        buffer.putSpaces(depth * 4)
        buffer.put(name)
        buffer.put(": ")
    }

    private mutating func end(_ meaning: StaticString? = nil) {
        if let meaning {
            buffer.reserve(meaning.utf8CodeUnitCount + 8)
            buffer.put(" (")
            buffer.put(meaning)
            buffer.put(")")
        }
        buffer.write("\n")
    }
}

extension VerboseTree: FieldSink {
    mutating func number(_ name: StaticString, _ value: UInt64, meaning: StaticString?) {
        begin(name)
        buffer.decimal(value)
        end(meaning)
    }

    mutating func hexNumber(_ name: StaticString, _ value: UInt64, digits: Int, meaning: StaticString?) {
        begin(name)
        buffer.write("0x")
        buffer.hex(value, digits: digits)
        end(meaning)
    }

    mutating func boolean(_ name: StaticString, _ value: Bool) {
        begin(name)
        buffer.write(value ? "yes" : "no")
        end()
    }

    mutating func word(_ name: StaticString, _ value: StaticString) {
        begin(name)
        buffer.write(value)
        end()
    }

    mutating func address(_ name: StaticString, _ value: IPv4Address) {
        begin(name)
        buffer.address(value)
        end()
    }

    mutating func address(_ name: StaticString, _ value: IPv6Address) {
        begin(name)
        buffer.address(value)
        end()
    }

    mutating func address(_ name: StaticString, _ value: MACAddress) {
        begin(name)
        buffer.address(value)
        end()
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

    mutating func beginList(_ name: StaticString) {
        begin(name)
        list = .empty
    }

    mutating func listWord(_ word: StaticString) {
        if list == .words { buffer.write(", ") }
        list = .words
        buffer.reserve(word.utf8CodeUnitCount + 16)
        buffer.put(word)
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
