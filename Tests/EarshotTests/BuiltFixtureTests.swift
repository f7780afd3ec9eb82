import Foundation
import Testing

/// The captures that `Fixtures/build.py` makes are the ones that lie there.
@Suite struct BuiltFixtureTests {
    @Test func sameBytes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "earshot-built-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", "-B", Earshot.fixtures.appending(path: "build.py").path(percentEncoded: false),
            folder.path(percentEncoded: false),
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        for line in text.split(separator: "\n") {
            let name = line.dropFirst(folder.path(percentEncoded: false).count + 1)
            let built = try Data(contentsOf: URL(filePath: String(line)))
            let kept = try Data(contentsOf: Earshot.fixtures.appending(path: String(name)))
            #expect(built == kept, "\(name) is not what Fixtures/build.py makes of it")
        }
    }
}
