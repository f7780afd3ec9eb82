/// How ladders look.
public struct LadderOptions: Sendable {
    /// Terminal columns that no line exceeds; values below 40 count as 40. Below 72 states and remarks stand beneath
    /// the arrows instead of beside them.
    public var columns = 80
    /// Nothing beyond ASCII; other characters in payloads are escaped.
    public var usesASCII = false
    /// Colours by ANSI escape sequences (ECMA-48 SGR).
    public var usesColor = false
    /// Shows every row instead of folding long runs; memory then grows with the capture.
    public var isFull = false

    public init() {}
}
