import ArgumentParser
import Glibc
import Host

@main
struct Earshot: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "earshot",
        abstract: "Hear what two programs say to each other: packets, conversations and ladders.",
        version: "earshot 0.1.0",
        subcommands: [
            DemoCommand.self, CaptureCommand.self, ReadCommand.self, LadderCommand.self, ConversationsCommand.self,
            FollowCommand.self, ProtocolsCommand.self, ExpertCommand.self, InterfacesCommand.self, PingCommand.self,
            TraceCommand.self, SweepCommand.self, GreetCommand.self, RunCommand.self,
        ])

    /// Parses, runs and maps every outcome to the statuses of the command line's contract: 0 done, 1 failed, 2 wrong use.
    static func main() {
        let arguments = CommandWords.all
        let first = arguments.dropFirst().first
        // CMD may want what this program was started with.
        if first != RunCommand.name { Descriptors.closeInherited(but: Descriptors.named(in: arguments)) }
        StandardOutput.prepare(isOwn: first != RunCommand.name)
        StopSignals.ignoreOutputSignals()
        if first == FileOpener.argument { FileOpener.serve(Array(arguments.dropFirst(2))) }
        do {
            try Rights.refuseBorrowed()
            var command = try parseAsRoot(Array(arguments.dropFirst()))
            try command.run()
        } catch let failure as Failure {
            // There 1 says that nobody answered.
            if ["ping", "trace", "sweep"].contains(first), failure.status == ExitStatus.failure,
                !failure.message.isEmpty
            {
                Failure(probe: failure.message).exit()
            }
            failure.exit()
        } catch let error as HostError {
            Failure(error).exit()
        } catch {
            let code = exitCode(for: error)
            let names = configuration.subcommands.map { $0._commandName } + ["help"]
            let message = Suggestion.improve(
                fullMessage(for: error), of: Array(arguments.dropFirst()), commands: names)
            if code == .success {
                Self.tell(message)
            }
            // One prefix for every error.
            let parsers = "Error: "
            let isPrefixed = message.hasPrefix(parsers)
            let text = isPrefixed ? "earshot: " + message.dropFirst(parsers.count) : message
            StandardError.write(lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
            // There 2 is the command's.
            Glibc.exit(first == RunCommand.name ? ExitStatus.ownFailure : ExitStatus.usage)
        }
    }

    /// Prints what was asked for: help, the version.
    private static func tell(_ message: String) -> Never {
        do throws(OutputError) {
            try StandardOutput.write(unsafe Array("\(message)\n".utf8).span.bytes)
        } catch {
            Failure(error).exit()
        }
        Glibc.exit(ExitStatus.success)
    }
}
