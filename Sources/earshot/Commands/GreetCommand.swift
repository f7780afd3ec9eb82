import ArgumentParser
import GreetingService
import Host
import PacketDecoding
import Rendering
import Sockets

struct GreetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "greet", abstract: "The greeting over sockets: server and client.",
        subcommands: [Serve.self, Connect.self])

    /// Where the server is.
    struct PlaceOptions: ParsableArguments {
        @Option(help: ArgumentHelp("Name or address; default the loopback.", valueName: "HOST"))
        var host: String?

        @Option(help: "Port; for the server 0 is the kernel's choice.")
        var port: UInt16 = 9999

        @Option(help: "tcp or udp.")
        var transport: GreetingTransport = .tcp

        @Flag(name: .customShort("4"), help: "IPv4 only.")
        var onlyIPv4 = false

        @Flag(name: .customShort("6"), help: "IPv6 only.")
        var onlyIPv6 = false

        mutating func validate() throws {
            if onlyIPv4 && onlyIPv6 { throw ValidationError("-4 and -6: give one of them") }
        }

        var address: GreetingAddress {
            GreetingAddress(
                host: host, port: port, transport: transport, family: onlyIPv4 ? .v4 : onlyIPv6 ? .v6 : nil)
        }
    }

    struct Serve: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "serve", abstract: "Welcome clients and greet each name they send.")

        @OptionGroup var place: PlaceOptions

        @Option(help: ArgumentHelp("Wait before each answer (fractions allowed).", valueName: "SECONDS"))
        var delay = 1.0

        @Option(
            parsing: .unconditional, help: ArgumentHelp("Connections that may wait to be accepted.", valueName: "N"))
        var backlog: Int32 = 5

        @Option(
            help: ArgumentHelp("Close a client's connection after such a silence; 0 is never.", valueName: "SECONDS"))
        var idle = 60.0

        mutating func validate() throws {
            if !(0...86_400).contains(idle) { throw ValidationError("--idle \(idle): 0 to 86400") }
            if !(0...86_400).contains(delay) { throw ValidationError("--delay \(delay): 0 to 86400") }
            if backlog < 1 { throw ValidationError("--backlog \(backlog): at least 1") }
        }

        func run() throws {
            var lines = LineOutput()
            do {
                try StopSignals.install()
                let server = try StopSignals.endingAtOnce {
                    try GreetingServer(
                        at: place.address, backlog: backlog, delay: .seconds(delay), idleLimit: .seconds(idle))
                }
                try Lockdown().enter(converses: true)
                // Whoever let the kernel choose must be told.
                if place.port == 0 { StandardError.write(line: "listening on \(server.address)") }
                try server.serve(until: StopSignals.descriptor) { event in
                    lines.write(toErrors: !event.isOutput) { event.write(to: &$0) }
                }
            } catch let error as HostError {
                throw Failure(error)
            } catch let error as SocketError {
                throw Failure(error)
            }
            try lines.check()
        }
    }

    struct Connect: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "connect", abstract: "Send names to a greeting server and print its answers.")

        @OptionGroup var place: PlaceOptions

        @Option(help: ArgumentHelp("What to say, separated by commas.", valueName: "A,B,C"))
        var names = GreetingClient.defaultNames.joined(separator: ",")

        func run() throws {
            var lines = LineOutput()
            var refusal: Failure?
            var isConfined = false
            let client = GreetingClient(
                server: place.address, names: names.split(separator: ",").map(String.init))
            do {
                try client.run { answer in
                    // With the welcome the connection is there: no other is made.
                    if !isConfined {
                        do throws(Failure) { try Lockdown().enter(converses: true) } catch { refusal = error }
                        isConfined = true
                    }
                    return refusal == nil && lines.write { unsafe $0.escaped(answer.span.bytes) }
                }
            } catch {
                var text = ByteBuffer()
                error.write(to: &text)
                if case .unsendable = error { throw Failure(usage: text.string) }
                throw Failure(text.string)
            }
            if let refusal { throw refusal }
            try lines.check()
        }
    }
}

/// Lines written out as they come, on either stream; remembers what went wrong with the output.
private struct LineOutput: ~Copyable {
    private var output = Output()
    private var failure: Failure?

    /// Writes a line; false once the output is gone.
    mutating func write(toErrors: Bool = false, _ body: (inout ByteBuffer) -> Void) -> Bool {
        if toErrors {
            var text = ByteBuffer()
            body(&text)
            StandardError.write(line: text.string)
            return true
        }
        body(&output.buffer)
        output.buffer.write("\n")
        do throws(Failure) { try output.flush() } catch { failure = error }
        return failure == nil
    }

    consuming func check() throws(Failure) {
        if let failure { throw failure }
    }
}
