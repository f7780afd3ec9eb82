import Glibc

/// The system's words for an errno(3).
enum SystemReason {
    static func text(_ errorNumber: Int32) -> String { unsafe String(cString: strerror(errorNumber)) }
}
