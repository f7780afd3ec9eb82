import Foundation
import Glibc
import Testing

/// Both ends of a pipe, closed when they go out of scope.
final class PipePair {
    private(set) var reading: Int32
    private(set) var writing: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        _ = unsafe pipe(&ends)
        (reading, writing) = (ends[0], ends[1])
        // A child of another test would keep the pipe open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        closeReading()
        if writing >= 0 { close(writing) }
    }

    func closeReading() {
        if reading >= 0 { close(reading) }
        reading = -1
    }
}

/// Whether `descriptor` can be read without waiting.
func isReadable(_ descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&entry, 1, 0) == 1
}

/// Whether privileged tests must run: then they fail where they would be skipped.
let requiresPrivileges = ProcessInfo.processInfo.environment["EARSHOT_REQUIRE_PRIVILEGED"] == "1"
