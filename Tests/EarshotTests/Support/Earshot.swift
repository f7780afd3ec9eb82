import Foundation
import Testing

/// What a finished process left behind.
struct Outcome {
    let status: Int32
    let output: String
    let errors: String
}

/// Runs the program under test, and others beside it.
enum Earshot {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let fixtures = root.appending(path: "Fixtures")

    /// The binary `make test` built for release; else the one beside the tests.
    static let binary: String =
        ProcessInfo.processInfo.environment["EARSHOT_BINARY"]
        ?? root.appending(path: ".build/debug/earshot").path(percentEncoded: false)

    /// What golden runs depend on, fixed.
    static let environment = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin",
        "TZ": "UTC0", "LC_ALL": "C.UTF-8", "COLUMNS": "80", "NO_COLOR": "1", "HOME": "/tmp",
    ]

    static func run(
        _ arguments: [String], in directory: URL = root, environment: [String: String] = [:],
        input: Data? = nil, deadline: TimeInterval = 60
    ) throws -> Outcome {
        try execute([binary] + arguments, in: directory, environment: environment, input: input, deadline: deadline)
    }

    static func shell(
        _ script: String, in directory: URL = root, environment: [String: String] = [:], deadline: TimeInterval = 60
    ) throws -> Outcome {
        try execute(
            ["/bin/bash", "-c", script], in: directory,
            environment: ["EARSHOT": binary].merging(environment) { $1 }, input: nil, deadline: deadline)
    }

    static func execute(
        _ command: [String], in directory: URL, environment: [String: String], input: Data?, deadline: TimeInterval
    ) throws -> Outcome {
        let process = Process()
        // timeout(1) leads a process group of its own and ends all of it: no test leaves a process behind.
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments = ["-k", "2", String(deadline)] + command
        process.currentDirectoryURL = directory
        process.environment = Self.environment.merging(environment) { $1 }
        // Files, not pipes: nothing to drain while the process runs.
        let folder = FileManager.default.temporaryDirectory.appending(path: "earshot-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String, _ contents: Data = Data()) throws -> FileHandle {
            let url = folder.appending(path: name)
            try contents.write(to: url)
            return try FileHandle(forUpdating: url)
        }
        let output = try file("output")
        let errors = try file("errors")
        process.standardInput = try input.map { try file("input", $0) } ?? FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus == 124 {
            Issue.record("\(command.joined(separator: " ")): still running after \(deadline) s")
        }
        func text(_ handle: FileHandle) throws -> String {
            try handle.seek(toOffset: 0)
            return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        }
        let status = process.terminationStatus
        return Outcome(status: status, output: try text(output), errors: try text(errors))
    }

    /// Every capture under Fixtures, as paths relative to the project.
    static let captures: [String] = {
        let found =
            FileManager.default.enumerator(atPath: fixtures.path(percentEncoded: false))?
            .compactMap { $0 as? String } ?? []
        return found.filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".pcapng") }.sorted().map { "Fixtures/\($0)" }
    }()
}

extension Earshot {
    /// Captures that libpcap reads, too: undamaged, and of one link type.
    static let libpcapCaptures = captures.filter {
        !$0.contains("/malformed/") && $0 != "Fixtures/link/interfaces.pcapng"
    }

    /// Those of which tcpdump prints a line for each packet, where it does not for Ethernet in VXLAN.
    static let tcpdumpCaptures = libpcapCaptures.filter { $0 != "Fixtures/link/tunnels.pcap" }
}

/// Whether tests that need raw sockets and namespaces can run here.
enum Privileges {
    /// Why they cannot; nil when they can.
    static let missing: String? = {
        let probe = try? Earshot.shell("unshare -n true && \"$EARSHOT\" interfaces >/dev/null && [ $(id -u) = 0 ]")
        return probe?.status == 0 ? nil : "needs root and network namespaces: \(probe?.errors ?? "no shell")"
    }()

    /// CI sets this: a privileged test that cannot run there is a failure, not a skip.
    static let required = ProcessInfo.processInfo.environment["EARSHOT_REQUIRE_PRIVILEGED"] == "1"
}

extension Trait where Self == ConditionTrait {
    /// Runs only with raw sockets and namespaces; fails without them where they are required.
    static var privileged: ConditionTrait {
        .enabled(if: Privileges.missing == nil || Privileges.required, "needs root and network namespaces")
    }
}
