import Foundation
import Host
import Testing

@Suite struct SpoolFileTests {
    private static let written = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 4) })

    private static func spool() throws -> SpoolFile {
        var spool = SpoolFile()
        try unsafe spool.append(Array(written[..<60_000]).span.bytes)
        try unsafe spool.append(Array(written[60_000...]).span.bytes)
        return spool
    }

    @Test func whatWasAddedIsReadAgain() throws {
        var spool = try Self.spool()
        let total = spool.count
        #expect(total == Self.written.count)
        for (position, count, ahead) in [
            (0, 16, 0), (59_990, 20, 4096), (60_005, 1, 0), (3, 70_000, 0), (99_999, 1, 9),
        ] {
            let bytes = try spool.bytes(at: position, count: count, ahead: ahead)
            let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
            #expect(copy == Array(Self.written[position..<position + count]))
        }
    }

    @Test func whatWasAddedSinceIsReadToo() throws {
        var spool = try Self.spool()
        _ = try spool.bytes(at: 99_000, count: 10, ahead: 1 << 16)
        let more: [UInt8] = [1, 2, 3]
        try unsafe spool.append(more.span.bytes)
        let bytes = try spool.bytes(at: 99_999, count: 4)
        let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
        #expect(copy == [Self.written[99_999], 1, 2, 3])
    }

    @Test(arguments: [(99_999, 2), (100_000, 1), (-1, 1), (Int.max, 1)])
    func whatWasNotAddedIsAnError(position: Int, count: Int) throws {
        var spool = try Self.spool()
        do {
            _ = try spool.bytes(at: position, count: count)
            Issue.record("read")
        } catch {
            #expect(error.errno == EIO)
        }
    }
}
