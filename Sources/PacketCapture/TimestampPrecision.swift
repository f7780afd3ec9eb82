/// How fine a savefile's time stamps are.
@frozen public enum TimestampPrecision: BitwiseCopyable, Hashable, Sendable {
    case microseconds
    case nanoseconds
}
