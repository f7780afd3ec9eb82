import Glibc
import Testing

@testable import Host

/// Sends this process a signal and waits until the handler has posted it, for ten seconds. The threads that tests
/// run on block signals, so another one gets it.
private func deliver(_ number: Int32, by descriptor: Int32) {
    kill(getpid(), number)
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    for _ in 0..<10_000 where unsafe poll(&entry, 1, 1) != 1 {}
}

/// Signals are the process's own: each test has one to itself.
@Suite struct StopSignalsTests {
    @Test func `SIGINT, SIGTERM and SIGHUP ask to stop, and keep the descriptor readable`() async {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            await #expect(processExitsWith: .success) { [number = number as Int32] in
                try StopSignals.install()
                precondition(!StopSignals.stopRequested && !isReadable(StopSignals.descriptor))
                deliver(number, by: StopSignals.descriptor)
                precondition(StopSignals.stopRequested && isReadable(StopSignals.descriptor))
                precondition(!isReadable(StopSignals.userSignalDescriptor))
            }
        }
    }

    @Test func `SIGUSR1 and SIGUSR2 are taken once and do not stop`() async {
        await #expect(processExitsWith: .success) {
            try StopSignals.install()
            deliver(SIGUSR1, by: StopSignals.userSignalDescriptor)
            precondition(isReadable(StopSignals.userSignalDescriptor))
            precondition(StopSignals.takeUserSignals() == .first)
            precondition(!isReadable(StopSignals.userSignalDescriptor))
            deliver(SIGUSR2, by: StopSignals.userSignalDescriptor)
            precondition(StopSignals.takeUserSignals() == .second)
            precondition(StopSignals.takeUserSignals() == [])
            precondition(!StopSignals.stopRequested && !isReadable(StopSignals.descriptor))
        }
    }

    @Test func `SIGHUP stays ignored under nohup`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGHUP, SIG_IGN)
            try StopSignals.install()
            kill(getpid(), SIGHUP)
            deliver(SIGUSR1, by: StopSignals.userSignalDescriptor)
            precondition(!StopSignals.stopRequested)
        }
    }

    @Test func `a broken pipe is an error and does not end the process`() async {
        await #expect(processExitsWith: .success) {
            try StopSignals.install()
            kill(getpid(), SIGPIPE)
            deliver(SIGUSR1, by: StopSignals.userSignalDescriptor)
        }
    }
}
