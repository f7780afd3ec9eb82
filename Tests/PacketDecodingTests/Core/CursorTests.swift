import PacketDecoding
import Testing

@Suite struct CursorTests {
    struct Pair: WireHeader, Equatable {
        var first, second: UInt8
        static var layer: LayerKind { .udp }
    }

    static func with<Result>(
        _ bytes: [UInt8], wireLength: Int, _ body: (inout Cursor) throws -> Result
    ) rethrows -> Result {
        var cursor = unsafe Cursor(bytes.span.bytes, wireLength: wireLength)
        return try body(&cursor)
    }

    @Test func `Reading moves on`() throws {
        try Self.with([1, 2, 3, 4], wireLength: 4) { cursor in
            let first = try cursor.read(Pair.self)
            #expect(first == Pair(first: 1, second: 2))
            #expect(cursor.offset == 2)
            let second = try cursor.read(Pair.self)
            #expect(second == Pair(first: 3, second: 4))
            #expect(cursor.captured == 0)
            #expect(cursor.remaining == 0)
        }
    }

    @Test func `Peeking does not move`() {
        Self.with([1, 2, 3], wireLength: 3) { cursor in
            #expect(cursor.peek(Pair.self) == Pair(first: 1, second: 2))
            #expect(cursor.peekByte() == 1)
            #expect(cursor.peekByte(2) == 3)
            #expect(cursor.peekByte(3) == nil)
            #expect(cursor.peekByte(-1) == nil)
            #expect(cursor.peekUInt16() == 0x0102)
            #expect(cursor.peekUInt16(1) == 0x0203)
            #expect(cursor.peekUInt16(2) == nil)
            #expect(cursor.peekUInt16(-1) == nil)
            #expect(cursor.offset == 0)
            cursor.skip(2)
            #expect(cursor.peek(Pair.self) == nil)
        }
    }

    @Test func `A header that the capture cut`() {
        Self.with([1, 2, 3], wireLength: 10) { cursor in
            cursor.skip(2)
            #expect(throws: DecodeError(.udp, at: 2, .truncated(needed: 2, captured: 1))) {
                try cursor.read(Pair.self)
            }
            #expect(cursor.remaining == 8)
            #expect(cursor.captured == 1)
            #expect(cursor.offset == 2)
        }
    }

    @Test func `A header that the enclosing layer cut`() {
        Self.with([1, 2, 3, 4], wireLength: 4) { cursor in
            cursor.setEnd(1)
            #expect(throws: DecodeError(.udp, at: 0, .tooShort(needed: 2, available: 1))) {
                try cursor.read(Pair.self)
            }
            #expect(cursor.peek(Pair.self) == nil)
        }
    }

    @Test func `An end beyond the enclosing one gives no bytes back`() {
        Self.with([1, 2, 3, 4], wireLength: 4) { cursor in
            cursor.setEnd(3)
            cursor.setEnd(100)
            #expect(cursor.remaining == 100)
            #expect(cursor.captured == 3)
            cursor.skip(2)
            #expect(throws: DecodeError(.udp, at: 2, .truncated(needed: 2, captured: 1))) {
                try cursor.read(Pair.self)
            }
        }
    }

    @Test func `Narrowing never widens`() {
        Self.with([1, 2, 3, 4], wireLength: 4) { cursor in
            cursor.narrow(to: 100)
            #expect(cursor.end == 4)
            cursor.skip(1)
            cursor.narrow(to: 2)
            #expect(cursor.end == 3)
        }
    }

    @Test func `Skipping ends at the enclosing layer's end, captured or not`() {
        Self.with([1, 2], wireLength: 6) { cursor in
            cursor.skip(-1)
            #expect(cursor.offset == 0)
            cursor.skip(5)
            #expect(cursor.offset == 5)
            #expect(cursor.captured == 0)
            #expect(cursor.peekByte() == nil)
            cursor.skip(.max)
            #expect(cursor.offset == 6)
        }
    }

    @Test func `An end before the cursor is the cursor`() {
        Self.with([1, 2, 3], wireLength: 3) { cursor in
            cursor.skip(2)
            cursor.setEnd(-5)
            #expect(cursor.end == 2)
            #expect(cursor.remaining == 0)
            #expect(cursor.captured == 0)
        }
    }

    @Test func `Bytes beyond the length on the wire are no content`() {
        Self.with([1, 2, 3, 4], wireLength: 2) { #expect($0.captured == 2) }
    }

    @Test func `An empty frame`() {
        Self.with([], wireLength: 0) { cursor in
            #expect(cursor.peekByte() == nil)
            #expect(throws: DecodeError(.udp, at: 0, .tooShort(needed: 2, available: 0))) {
                try cursor.read(Pair.self)
            }
        }
    }
}
