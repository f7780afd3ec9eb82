import CLinux
import Glibc

/// The process that goes on making files in one folder when the program that wants them has given up its rights.
///
/// It is this program, started once more before that. It keeps what passes over a folder's permissions, where it had
/// it, sees nothing but that folder, works for whom the files are for, and ends with the program that asks. It trusts
/// that program no more than the packets: it makes only files of the series that it was told at its start, and puts none
/// in another's place but of those it made, unless it was told at its start to. A request is a name; the answer an errno
/// and what helps, or a descriptor.
public struct FileOpener: ~Copyable {
    /// The word after the program's name that makes it an opener; behind it come the folder's path, what may be replaced,
    /// and the series.
    public static let argument = "--open-files"
    private static let overridePermissions: UInt64 = 1 << 1  // CAP_DAC_OVERRIDE, capabilities(7)
    private static let longestMessage = 1024
    /// Names that are known as its own; a series with more of them never comes back to one.
    private static let keptNames = 65_536

    /// The socket to ask it through.
    let control: Int32
    private let process: ChildProcess

    /// Starts it.
    ///
    /// - Parameters:
    ///   - path: of the folder, for messages.
    ///   - folder: its descriptor.
    ///   - names: of the files that it may make.
    ///   - replacing: whether a regular file that is there gives way.
    init(path: String, folder: Int32, names: FileNames, replacing: Bool) throws(HostError) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw HostError("starting the process that opens files", errno: errno)
        }
        defer { close(ends[1]) }
        do throws(HostError) {
            process = try ChildProcess(
                ChildProcess.ownExecutable,
                arguments: [Self.argument, path, replacing ? "replacing" : ""] + names.words,
                input: .descriptor(ends[1]),
                output: .descriptor(folder))
        } catch {
            close(ends[0])
            throw error
        }
        control = ends[0]
    }

    // Ends the process, which is then waited for.
    deinit { close(control) }

    /// Asks for a file of the folder.
    ///
    /// - Returns: a descriptor that the caller closes.
    static func request(_ name: String, through control: Int32) throws(OpeningFailure) -> Int32 {
        let message = name.bytesStoodFor
        guard message.count <= longestMessage else { throw OpeningFailure(errno: ENAMETOOLONG) }
        guard unsafe write(control, message, message.count) == message.count else {
            throw OpeningFailure(errno: errno)
        }
        var answer = [UInt8](repeating: 0, count: longestMessage)
        var descriptor: Int32 = -1
        let count = unsafe earshot_receive_descriptor(control, &descriptor, &answer, answer.count)
        guard count > 0 else { throw OpeningFailure(errno: count < 0 ? Int32(-count) : EPIPE) }
        guard descriptor < 0 else { return descriptor }
        let remedy = String(decoding: answer[1..<count], as: UTF8.self)
        throw OpeningFailure(errno: Int32(answer[0]), remedy: remedy.isEmpty ? nil : remedy)
    }

    /// Why the opener made no file.
    struct OpeningFailure: Error {
        let errno: Int32
        var remedy: String?
    }

    /// What the opener does until nobody can ask any more. The socket is its standard input, the folder its standard
    /// output.
    ///
    /// - Parameter words: those behind ``argument``.
    public static func serve(_ words: [String]) -> Never {
        guard words.count == 5 else { exit(ExitStatus.usage) }
        // They are for the program that asks, which has files to complete.
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2] { _ = signal(number, SIG_IGN) }
        do throws(HostError) {
            let owner = UserIdentity.caller
            let folder = OutputFolder(words[0], descriptor: STDOUT_FILENO, owner: owner)
            try giveUpRights(owner)
            serve(folder, FileNames(words: Array(words[2...])), replacing: words[1] == "replacing")
        } catch {
            StandardError.write(line: "earshot: \(error)")
            exit(ExitStatus.failure)
        }
        exit(ExitStatus.success)
    }

    private static func giveUpRights(_ owner: UserIdentity?) throws(HostError) {
        var sandbox = Sandbox()
        sandbox.identity = owner == nil ? .unchanged : .leastPrivileged
        _ = try sandbox.enter(capabilities: overridePermissions, landlock: Landlock(folder: STDOUT_FILENO)) {
            SeccompFilter(packetSockets: [], children: [], process: getpid(), opensFiles: true)
        }
    }

    private static func serve(_ folder: borrowing OutputFolder, _ names: FileNames, replacing: Bool) {
        var made: Set<String> = []
        var message = [UInt8](repeating: 0, count: longestMessage)
        while true {
            let count = unsafe read(STDIN_FILENO, &message, message.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            var answer: [UInt8] = [0]
            var descriptor: Int32 = -1
            do throws(HostError) {
                let name = String(standingFor: Array(message[..<count]))
                guard names.contains(name) else { throw HostError("creating a file of no series", errno: EPERM) }
                // Waiting for a pipe's reader is for the program that asks.
                descriptor = try folder.made(name, replacing: replacing || made.contains(name))
                if made.count < keptNames { made.insert(name) }
            } catch {
                answer = [UInt8(clamping: error.errno)] + Array((error.remedy ?? "").utf8.prefix(longestMessage - 1))
            }
            let code = unsafe earshot_send_descriptor(STDIN_FILENO, descriptor, answer, answer.count)
            if descriptor >= 0 { close(descriptor) }
            guard code == 0 else { return }
        }
    }
}
