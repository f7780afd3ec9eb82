import Glibc

/// The system's words for an errno(3).
enum SystemReason {
    static func text(_ errorNumber: Int32) -> String { unsafe String(cString: strerror(errorNumber)) }
}

extension ProbeFault {
    /// Whether this host refused because of the length alone.
    var isAboutLength: Bool { kind == .local && errorNumber == EMSGSIZE }
}
