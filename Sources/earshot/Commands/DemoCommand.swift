import ArgumentParser
import GreetingService
import Host
import PacketCapture
import PacketDecoding
import Rendering
import Sockets

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Hear one greeting, live.",
        discussion: """
            Starts a greeting server and a client on the loopback, captures what they say and draws it as it happens. \
            Without the right to capture it does so in a network namespace of its own; where that is forbidden too, \
            it plays a recorded greeting.
            """)

    @Option(help: "tcp or udp.")
    var transport: GreetingTransport = .tcp

    @OptionGroup var drawing: DrawingOptions

    func run() throws {
        if let refusal = entered() { return try replay(because: refusal) }
        var server = try startServer()
        let ports = PortMap(overrides: [(server.port, .greeting)])
        var hearing = GreetingHearing(drawing.ladder, ports: ports, transport: transport)
        let (captured, dropped) = try hear(server.port, of: server.process.identifier, into: &hearing)
        server.process.terminate()
        let isComplete = try hearing.verdict(captured: captured, dropped: dropped)
        if StopSignals.stopRequested { return }
        guard isComplete else {
            throw Failure("the greeting was not heard in full")
        }
    }

    /// Makes sure that this process may capture; else the reason why not.
    private func entered() -> String? {
        guard let refusal = LiveCapture.permissionError else { return nil }
        do {
            try Namespaces.enterOwnNetwork()
            return nil
        } catch {
            return "\(refusal.operation): \(refusal.reason); \(error.operation): \(error.reason)"
        }
    }

    /// A greeting server, a process of its own, and the port it listens on.
    private struct Server: ~Copyable {
        var process: ChildProcess
        let port: UInt16
    }

    /// Starts the server on the greeting's own port, or on another where that one is taken.
    private func startServer() throws -> Server {
        for preferred in [UInt16(9999), 0, 0, 0] {
            let place = GreetingAddress(port: preferred, transport: transport)
            guard let port = try? GreetingServer(at: place).address.endpoint.port else { continue }
            var process = try ChildProcess(
                ChildProcess.ownExecutable, arguments: ["greet", "serve", "--delay", "0.2"] + arguments(port),
                input: .null, output: .pipe, error: .null)
            // Somebody else may have taken the port since.
            if case .line = try process.readLine(timeout: .seconds(10)) { return Server(process: process, port: port) }
        }
        throw Failure("the greeting server did not start: no free port on the loopback")
    }

    private func arguments(_ port: UInt16) -> [String] {
        ["--host", "127.0.0.1", "--port", String(port), "--transport", transport.rawValue]
    }

    /// Captures while a client, a process of its own, talks to the server; what was captured and dropped.
    private func hear(
        _ port: UInt16, of server: Int32, into hearing: inout GreetingHearing
    ) throws -> (captured: Int, dropped: Int) {
        try StopSignals.install()
        var options = LiveCaptureOptions()
        options.filter = "\(transport.rawValue) port \(port)"
        options.ringSize = 4 << 20
        options.wakeDescriptor = StopSignals.descriptor
        var capture: LiveCapture
        do { capture = try LiveCapture(interface: "lo", options: options) } catch { throw Failure(error) }

        var client = try ChildProcess(
            ChildProcess.ownExecutable, arguments: ["greet", "connect"] + arguments(port), input: .null, output: .null)

        // The children become the same user, who may end them.
        var sandbox = Sandbox()
        sandbox.packetSockets = capture.socketDescriptors
        sandbox.children = [server, client.identifier]
        _ = try sandbox.enter()

        let deadline = ContinuousClock.now + .seconds(30)
        var captured = 0
        var isOver = false
        while !capture.isFinished {
            if let frame = try capture.nextFrame(patience: 20) {
                try hearing.consume(frame)
                captured += 1
                continue
            }
            try hearing.pause()
            // One quiet wait after the client's end, so that the last acknowledgment is heard.
            if isOver || StopSignals.stopRequested || ContinuousClock.now > deadline {
                capture.stop()
            }
            isOver = client.wait(timeout: .zero) != nil
        }
        try hearing.finish()
        do { return (captured, try capture.statistics().dropped) } catch { throw Failure(error) }
    }

    /// Draws the recorded greeting and says why.
    private func replay(because reason: String) throws {
        do {
            let recording = transport == .tcp ? PackageResources.tcp_pcap : PackageResources.udp_pcap
            let file = try MemoryFile(contents: recording)
            var ladders = RecordedLadders(drawing.ladder, ports: PortMap(), interface: "lo")
            try OpenedFile(file.path).pump(limit: nil, lockdown: Lockdown(), into: &ladders)
        } catch let error as HostError {
            throw Failure(error)
        }
        var output = Output()
        output.buffer.write("replayed, not live: ")
        output.buffer.escaped(reason)
        output.buffer.write("\n")
        try output.flush()
    }
}
