import Foundation
import Glibc
import Host
import Testing

@Suite struct ChildProcessTests {
    init() { StopSignals.ignoreOutputSignals() }

    func shell(_ script: String, input: ChildProcess.Stream = .null) throws -> ChildProcess {
        try ChildProcess("sh", arguments: ["-c", script], input: input, output: .pipe)
    }

    func text(_ line: ChildProcess.Line) -> String? {
        if case .line(let bytes) = line { String(decoding: bytes, as: UTF8.self) } else { nil }
    }

    @Test func `gives the lines of its output, the last one without an end too`() throws {
        var child = try shell("printf 'one\\n\\n'; sleep 0.05; printf 'thr'; sleep 0.05; printf 'ee'")
        var lines: [String] = []
        while let line = text(try child.readLine(timeout: .seconds(10))) { lines.append(line) }
        #expect(lines == ["one", "", "three"])
        let last = try child.readLine(timeout: .seconds(10))
        #expect(last == .ended)
        let exit = child.wait(timeout: .seconds(10))
        #expect(exit == .exited(0))
    }

    @Test func `a line that does not come in time is told apart, and comes later`() throws {
        var child = try shell("read word; echo \"$word!\"", input: .pipe)
        let early = try child.readLine(timeout: .milliseconds(20))
        #expect(early == .timedOut)
        let bytes = Array("Michael\n".utf8)
        try unsafe child.write(bytes.span.bytes)
        let line = try child.readLine(timeout: .seconds(10))
        #expect(text(line) == "Michael!")
    }

    @Test(arguments: [
        ("exit 3", ChildExit.exited(3), 3), ("kill -TERM $$", .signalled(SIGTERM), 143),
        ("kill -PIPE $$", .signalled(SIGPIPE), 141),
    ]) func `tells how it ended`(script: String, exit: ChildExit, status: Int32) throws {
        var child = try shell(script)
        let ended = child.wait(timeout: .seconds(10))
        #expect(ended == exit)
        #expect(ended?.status == status)
        let again = child.wait()
        #expect(again == exit)
    }

    @Test(arguments: [("/nonexistent/program", ENOENT), ("no-such-program-in-path", ENOENT), ("/etc/passwd", EACCES)])
    func `a program that cannot be started is an error`(program: String, code: Int32) throws {
        let error = #expect(throws: HostError.self) { _ = try ChildProcess(program) }
        #expect(error == HostError("starting \(program)", errno: code))
    }

    @Test func `terminating asks first and then insists`() throws {
        var polite = try ChildProcess("sleep", arguments: ["1000"])
        let politely = polite.terminate(grace: .seconds(10))
        #expect(politely == .signalled(SIGTERM))
        var stubborn = try shell("trap '' TERM; echo ready; while :; do sleep 0.01; done")
        _ = try stubborn.readLine(timeout: .seconds(10))
        let killed = stubborn.terminate(grace: .milliseconds(50))
        #expect(killed == .signalled(SIGKILL))
    }

    @Test func `going out of scope leaves neither process nor descriptor`() throws {
        let identifier: Int32
        let descriptors: [Int32]
        do {
            let child = try ChildProcess("sleep", arguments: ["1000"], input: .pipe, output: .pipe)
            identifier = child.identifier
            descriptors = [child.descriptor, child.outputDescriptor]
            #expect(kill(identifier, 0) == 0)
        }
        #expect(kill(identifier, 0) == -1 && errno == ESRCH)
        let stillChild = descriptors.contains { descriptor in
            // Another test may have been given the number since: a pidfd of this child it is not.
            let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fdinfo/\(descriptor)")
            return link?.contains("\(identifier)") == true
        }
        #expect(!stillChild)
    }

    @Test func `ends with its parent, however that ends`() async throws {
        let start = ContinuousClock.now
        let result = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
            let child = try ChildProcess("sleep", arguments: ["600"], output: .null, error: .null)
            print("child=\(child.identifier);")
            fflush(nil)
            kill(getpid(), SIGKILL)
            _ = consume child
        }
        let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let word = try #require(output.split(separator: "child=").last?.split(separator: ";").first)
        let identifier = try #require(Int32(word))
        // A zombie waits for whoever adopted it, and runs no more.
        while let status = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
            !status.contains(") Z")
        { usleep(1000) }
        #expect(ContinuousClock.now - start < .seconds(600), "the child slept to its own end")
    }

    @Test func `starts with default signals and nothing blocked`() throws {
        var child = try shell("grep -E 'SigBlk|SigIgn' /proc/self/status")
        let blocked = try child.readLine(timeout: .seconds(10))
        let ignored = try child.readLine(timeout: .seconds(10))
        #expect(text(blocked) == "SigBlk:\t0000000000000000")
        let mask = try #require(UInt64(text(ignored)?.split(separator: "\t").last ?? "", radix: 16))
        #expect(mask & (1 << UInt64(SIGPIPE - 1)) == 0)
    }
}
