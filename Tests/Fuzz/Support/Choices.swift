/// How frames are printed, from a byte of the fuzzer's: bits 0 to 2 choose the output, bits 3 to 7 its options. One
/// output an input makes for twice as many inputs a second as all of them; the fuzzer reaches each by this byte.
public struct Choices {
    /// What is printed.
    public enum Output: UInt8 {
        /// `read`. Bits 3 and 4 choose the style of the time, 5 nanoseconds and absolute numbers, 6 the link header,
        /// 7 brevity and colour.
        case line
        /// `read -v`. Bit 3 adds bytes, 4 the numbers that only the conversation tells.
        case tree
        case json
        /// `read -x`, `-X` and `-A`, by bits 3 and 4; bit 5 adds the link header.
        case dump
        /// `ladder` of a file. Bit 3 draws everything, 4 and 5 choose how many columns, 6 ASCII; 7 draws a picture.
        case recordedLadder
        /// `ladder` of an interface, with colour and silence after each frame by bit 7.
        case liveLadder
        /// What bits 3 and 4 choose: `protocols` (bit 5: what `trace` tells of answers), `conversations` (5: in JSON,
        /// 6: with payloads), `expert`, or `follow` (5 and 6: its format, 7: in colour, and of few conversations).
        case report
        /// `read -v` of fragments: frames are put together.
        case fragments
    }

    private let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public var output: Output {
        // Three bits, eight cases.
        Output(rawValue: rawValue & 7) ?? .line
    }

    /// Option `number`, from 0, of the output.
    func option(_ number: Int) -> Bool { rawValue >> (number + 3) & 1 != 0 }

    /// Options `number` and the one after it, as a number from 0 to 3.
    func pair(_ number: Int) -> Int { Int(rawValue >> (number + 3) & 3) }

    /// Whether what is printed of a frame depends on those before it: then the input holds several.
    public var takesSeveral: Bool {
        switch output {
        case .fragments: true
        case .report: pair(0) > 0
        default: false
        }
    }

    /// Whether a frame that comes again is printed differently: times and numbers count from the first, and ladders
    /// know the conversation.
    public var remembers: Bool {
        switch output {
        case .line: pair(0) >= 2 || !option(2)
        case .recordedLadder, .liveLadder: true
        default: false
        }
    }
}
