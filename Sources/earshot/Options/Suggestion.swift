// What somebody may have meant by a word that is no command, or no option.

enum Suggestion {
    /// Words that people bring from other programs, and what means the same here.
    private static let commands: [(command: String, words: [String])] = [
        ("capture", ["sniff", "listen", "record", "live", "hear", "dumpcap", "pktmon"]),
        ("read", ["open", "show", "view", "cat", "print", "pcap", "load", "dissect", "decode", "packets"]),
        ("ladder", ["diagram", "draw", "sequence", "graph", "flowgraph", "arrows", "timeline"]),
        ("conversations", ["flows", "streams", "sessions", "connections", "talkers", "conv", "netflow"]),
        ("follow", ["tcpflow", "reassemble", "payload", "content", "contents", "text", "said"]),
        ("protocols", ["stats", "statistics", "hierarchy", "phs", "breakdown", "summary", "capinfos"]),
        ("expert", ["errors", "problems", "warnings", "analyze", "analyse", "analysis", "diagnose", "explain"]),
        ("run", ["exec", "wrap", "strace", "command"]),
        ("interfaces", ["devices", "ifaces", "ifconfig", "list", "nics", "links", "adapters"]),
        ("ping", ["echo", "ping6", "fping"]), ("trace", ["traceroute", "tracert", "tracepath", "mtr", "traceroute6"]),
        ("sweep", ["scan", "nmap", "discover", "hosts"]),
        ("greet", ["hello", "serve", "server", "connect", "client", "greeting"]),
        ("demo", ["example", "tour", "tutorial", "try"]),
    ]
    /// Those that are two commands here, by where the packets come from.
    private static let either = ["tcpdump", "tshark", "wireshark", "dump", "termshark", "ngrep"]

    private static let options: [(option: String, words: [String])] = [
        ("-i", ["--iface", "--interface", "--device", "--dev", "--intf"]),
        ("-w", ["--write", "--output", "--out", "--save", "--outfile"]),
        ("-c", ["--limit", "--max", "--num", "--packets", "--packet-count"]),
        ("-v", ["--verbose", "--details", "--tree"]), ("-x", ["--hex", "--hexdump"]),
        ("-r", ["--read", "--infile", "--input"]), ("-n", ["--numeric"]), ("-Q", ["--dir"]),
        ("--format json", ["--json", "--jsonl", "--ndjson"]), ("--color", ["--colour"]),
        ("--duration", ["--seconds", "--timeout", "--time"]), ("--decode-as", ["--protocol", "--dissector"]),
        ("words of a filter at the end", ["--filter", "--bpf", "--expression"]),
    ]

    /// The commands that `word`, which is none, may stand for; the likelier first.
    static func commands(for word: String, among names: [String]) -> [String] {
        let word = word.lowercased()
        if names.contains(word) { return [word] }
        if either.contains(word), names.contains("read") { return ["capture", "read"] }
        if let same = commands.first(where: { $0.words.contains(word) })?.command, names.contains(same) {
            return [same]
        }
        // A savefile without a command.
        if word.contains("/") || word.contains(".pcap") || word.contains(".cap") {
            return names.contains("read") ? ["read"] : []
        }
        let longer = names.filter { word.count > 1 && $0.hasPrefix(word) }
        return longer.isEmpty ? nearest(to: word, among: names) : longer
    }

    /// The option that means what `word`, which is none, means elsewhere.
    static func option(for word: String) -> String? {
        options.first { $0.words.contains(word) }?.option
    }

    /// Whether one is written instead of the other by mistake: a letter in three is wrong at most.
    static func isNear(_ word: String, _ other: String) -> Bool {
        distance(word, other) <= max(1, min(word.count, other.count) / 3)
    }

    private static func nearest(to word: String, among names: [String]) -> [String] {
        let near = names.filter { isNear(word, $0) }.map { (name: $0, distance: distance(word, $0)) }
        guard let least = near.map(\.distance).min() else { return [] }
        return near.filter { $0.distance == least }.map(\.name)
    }

    /// Letters to put in, leave out, change, or exchange with their neighbour (optimal string alignment). Both are
    /// short: the program's own words, and one that a shell took.
    private static func distance(_ word: String, _ other: String) -> Int {
        let (a, b) = (Array(word.utf8.prefix(64)), Array(other.utf8.prefix(64)))
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var least = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
                row.append(least)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}

extension Suggestion {
    /// The parser's message about a wrong command line, with what was meant where that can be told.
    ///
    /// - Parameter arguments: without the program's name.
    static func improve(_ message: String, of arguments: [String], commands names: [String]) -> String {
        // Where there is no such command, what the parser says of the words behind it leads astray.
        if message.hasPrefix("Error: "), let first = arguments.first, !first.hasPrefix("-"), !names.contains(first) {
            return improve(message, unknown: first, after: "", commands(for: first, among: names))
        }
        // What stands where a filter does may be a command, and its options are not this program's.
        if message.hasPrefix("Error: "), arguments.first == "run", !arguments.contains("--"), arguments.count > 2,
            !arguments[1].hasPrefix("-")
        {
            let words = arguments.dropFirst().joined(separator: " ")
            return replacingFirstLine(of: message, by: "Error: the command comes after --: earshot run -- \(words)")
        }
        let parts = message.prefix { $0 != "\n" }.split(separator: "'", omittingEmptySubsequences: false)
        if parts.count > 2, parts[0] == "Error: Unknown option " {
            let guess = parts.count > 4 && parts[2] == ". Did you mean " ? String(parts[3]) : nil
            return improve(message, unknownOption: String(parts[1]), guess)
        }
        guard parts[0] == "Error: Unexpected argument ", arguments.first == "greet",
            let word = arguments.dropFirst().first, !word.hasPrefix("-")
        else { return message }
        let halves = ["serve", "connect"]
        let same = ["server": "serve", "listen": "serve", "client": "connect"][word].map { [$0] }
        return improve(message, unknown: word, after: "greet ", same ?? commands(for: word, among: halves))
    }

    private static func improve(
        _ message: String, unknown word: String, after command: String, _ meant: [String]
    ) -> String {
        var line = "Error: '\(word)' is no command"
        if !meant.isEmpty {
            line += ". Did you mean " + meant.map { "'\(command)\($0)'" }.joined(separator: " or ") + "?"
        }
        return replacingFirstLine(of: message, by: line)
    }

    private static func improve(_ message: String, unknownOption name: String, _ guess: String?) -> String {
        if let option = option(for: name) {
            let isOption = option.hasPrefix("-")
            return replacingFirstLine(
                of: message, by: "Error: Unknown option '\(name)'. Did you mean \(isOption ? "'\(option)'" : option)?")
        }
        guard let guess, !isNear(name, guess) else { return message }
        return replacingFirstLine(of: message, by: "Error: Unknown option '\(name)'")
    }

    private static func replacingFirstLine(of message: String, by line: String) -> String {
        guard let end = message.firstIndex(of: "\n") else { return line }
        return line + message[end...]
    }
}
