/// How the program ends (exit(3)).
public enum ExitStatus {
    /// Done, even if nothing matched; also when stdout was closed by its reader.
    public static let success: Int32 = 0
    /// It failed, or the input was cut.
    public static let failure: Int32 = 1
    /// Wrong use: an unknown option, a bad filter, a bad number.
    public static let usage: Int32 = 2
    /// Of a program that runs another, as of env(1) and timeout(1): it failed itself, the other cannot be run, there is
    /// none.
    public static let ownFailure: Int32 = 125
    public static let cannotRun: Int32 = 126
    public static let notFound: Int32 = 127
}
