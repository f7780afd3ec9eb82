import Glibc
import Testing

@testable import Host

@Suite struct TerminalTests {
    @Test(arguments: [
        (["COLUMNS": "132"], 132), (["COLUMNS": "0"], 80), (["COLUMNS": "-5"], 80), (["COLUMNS": "wide"], 80),
        (["COLUMNS": "99999999999999999999"], 80), (["COLUMNS": "1000000"], 10_000), ([:], 80),
    ]) func `the width is COLUMNS where that is one, else 80`(environment: [String: String], width: Int) {
        let pipe = PipePair()
        #expect(Terminal.width(of: pipe.writing) { environment[$0] } == width)
        #expect(!Terminal.isTerminal(pipe.writing))
    }

    @Test func `a terminal tells its own width`() throws {
        var main: Int32 = -1
        var terminal: Int32 = -1
        var size = winsize(ws_row: 25, ws_col: 117, ws_xpixel: 0, ws_ypixel: 0)
        try #require(unsafe openpty(&main, &terminal, nil, nil, &size) == 0)
        defer {
            close(main)
            close(terminal)
        }
        #expect(Terminal.isTerminal(terminal))
        #expect(Terminal.width(of: terminal) { _ in nil } == 117)
        #expect(Terminal.height(of: terminal) == 25)
        #expect(Terminal.width(of: terminal) { ["COLUMNS": "40"][$0] } == 40)
    }

    @Test(arguments: [
        (["LC_ALL": "C", "LANG": "en_US.UTF-8"], false), (["LC_CTYPE": "C.utf8", "LANG": "C"], true),
        (["LANG": "de_DE.UTF-8@euro"], true), (["LANG": "de_DE.ISO-8859-15@euro"], false), (["LANG": "UTF-8"], false),
        ([:], false),
    ]) func `the first locale variable that is set decides about UTF-8`(
        environment: [String: String], isUTF8: Bool
    ) {
        #expect(Terminal.isUTF8 { environment[$0] } == isUTF8)
    }

    @Test(
        arguments: [
            (.auto, true, [:], true), (.auto, false, [:], false), (.auto, true, ["NO_COLOR": "1"], false),
            (.auto, true, ["TERM": "dumb"], false), (.auto, true, ["TERM": "xterm"], true),
            (.always, false, ["NO_COLOR": "1"], true), (.never, true, [:], false),
        ] as [(Terminal.ColorChoice, Bool, [String: String], Bool)])
    func `colour is for terminals, unless it is chosen or refused`(
        choice: Terminal.ColorChoice, isTerminal: Bool, environment: [String: String], usesColor: Bool
    ) {
        #expect(Terminal.usesColor(choice, isTerminal: isTerminal) { environment[$0] } == usesColor)
    }
}
