import Foundation
import Host
import Testing

@Suite struct FileWindowTests {
    /// A file of 10,000 bytes, each three times.
    private func opened(_ body: (inout FileWindow, FileHandle) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "window-\(UUID().uuidString)")
        try Data((0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 3) }).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let file = try FileHandle(forUpdating: url)
        guard var window = FileWindow(file.fileDescriptor, "reading a test's file") else {
            Issue.record("no window")
            return
        }
        try body(&window, file)
    }

    /// The first byte; nil where the file cannot be read there.
    private func first(_ window: inout FileWindow, _ position: Int, _ count: Int, ahead: Int = 0) -> UInt8? {
        guard let bytes = try? window.bytes(at: position, count: count, ahead: ahead) else { return nil }
        return bytes.byteCount == count ? unsafe bytes.unsafeLoad(as: UInt8.self) : nil
    }

    @Test func piecesNearEachOtherAreReadAtOnce() throws {
        try opened { window, file in
            let before = window.holds(0, count: 1)
            #expect(!before)
            let one = first(&window, 3000, 30, ahead: 600)
            #expect(one == UInt8(truncatingIfNeeded: 1000))
            let held = [(3000, 600), (3599, 1), (3600, 0)].map { window.holds($0, count: $1) }
            #expect(held == [true, true, true])
            let others = [(2999, 1), (3599, 2), (9000, 1)].map { window.holds($0, count: $1) }
            #expect(others == [false, false, false])
            // It does not look again at what it has.
            try file.truncate(atOffset: 0)
            let other = first(&window, 3300, 300)
            #expect(other == UInt8(truncatingIfNeeded: 1100))
        }
    }

    @Test func whatIsNotThereIsAnError() throws {
        try opened { window, _ in
            // What is only wished for need not be there.
            let last = first(&window, 9990, 10, ahead: 4096)
            #expect(last == UInt8(truncatingIfNeeded: 3330))
            let beyond = first(&window, 9991, 10)
            #expect(beyond == nil)
            let again = first(&window, 0, 1)
            #expect(again == 0)
        }
    }

    @Test func whatIsNotOpenHasNone() {
        let isThere = FileWindow(-1, "reading") != nil
        #expect(!isThere)
    }
}
