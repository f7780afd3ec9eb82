import Glibc

/// What is known of the terminal the program writes to.
public enum Terminal {
    /// When to use colours, as `--color` takes it.
    public enum ColorChoice: String, CaseIterable, Sendable {
        case auto, always, never
    }

    /// Whether `descriptor` is a terminal (isatty(3)).
    public static func isTerminal(_ descriptor: Int32 = 1) -> Bool { isatty(descriptor) == 1 }

    /// Columns: `COLUMNS`, else the terminal's own width (TIOCGWINSZ, tty_ioctl(4)), else 80.
    public static func width(of descriptor: Int32 = 1) -> Int {
        width(of: descriptor, environment: Environment.value)
    }

    /// Rows: the terminal's own height, else 24.
    public static func height(of descriptor: Int32 = 1) -> Int {
        var size = winsize()
        if unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 { return Int(size.ws_row) }
        return 24
    }

    /// Whether the locale's characters are UTF-8: `LC_ALL`, `LC_CTYPE`, `LANG`, the first that is set (locale(7)).
    public static var isUTF8: Bool { isUTF8(environment: Environment.value) }

    /// Whether to use colours. `NO_COLOR`, if not empty, or `TERM=dumb` turn `auto` to never.
    public static func usesColor(_ choice: ColorChoice, on descriptor: Int32 = 1) -> Bool {
        usesColor(choice, isTerminal: isTerminal(descriptor), environment: Environment.value)
    }
}

extension Terminal {
    /// A variable of the environment; nil where it is unset or empty.
    typealias EnvironmentReader = (_ name: String) -> String?

    static func width(of descriptor: Int32, environment: EnvironmentReader) -> Int {
        if let columns = environment("COLUMNS").flatMap({ Int($0) }), columns > 0 { return min(columns, 10_000) }
        var size = winsize()
        if unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return 80
    }

    static func isUTF8(environment: EnvironmentReader) -> Bool {
        let locale = environment("LC_ALL") ?? environment("LC_CTYPE") ?? environment("LANG") ?? ""
        guard let dot = locale.firstIndex(of: ".") else { return false }
        let codeset = locale[dot...].dropFirst().prefix { $0 != "@" }.lowercased()
        return codeset == "utf-8" || codeset == "utf8"
    }

    static func usesColor(_ choice: ColorChoice, isTerminal: Bool, environment: EnvironmentReader) -> Bool {
        switch choice {
        case .always: true
        case .never: false
        case .auto: isTerminal && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
        }
    }
}

enum Environment {
    /// Every variable, as `NAME=VALUE`.
    static var all: [String] {
        var all: [String] = []
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            unsafe all.append(String(standingFor: entry))
            unsafe next += 1
        }
        return all
    }

    /// A variable of the environment; nil where it is unset or empty.
    static func value(_ name: String) -> String? {
        guard let text = unsafe getenv(name), unsafe text.pointee != 0 else { return nil }
        return unsafe String(standingFor: text)
    }
}
