import Foundation
import Glibc
import Host
import Synchronization
import Testing

private func write(_ bytes: [UInt8], to descriptor: Int32) throws(OutputError) {
    try unsafe StandardOutput.write(bytes.span.bytes, to: descriptor)
}

@Suite struct StandardOutputTests {
    init() { StopSignals.ignoreOutputSignals() }

    /// Reads a descriptor slowly, on a thread of its own.
    final class SlowReader: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        private let finished = DispatchSemaphore(value: 0)

        init(_ descriptor: Int32, count: Int) {
            Thread.detachNewThread { [self] in
                var buffer = [UInt8](repeating: 0, count: 10_000)
                while bytes.withLock({ $0.count }) < count {
                    usleep(500)
                    let count = unsafe read(descriptor, &buffer, buffer.count)
                    if count <= 0 { break }
                    bytes.withLock { $0 += buffer.prefix(count) }
                }
                finished.signal()
            }
        }

        func result() -> [UInt8] {
            finished.wait()
            return bytes.withLock { $0 }
        }
    }

    @Test(arguments: [0, O_NONBLOCK]) func `writes all, however slowly it is read and whether or not it blocks`(
        mode: Int32
    ) throws {
        let pipe = PipePair()
        _ = fcntl(pipe.writing, F_SETFL, mode)
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 251) }
        let reader = SlowReader(pipe.reading, count: bytes.count)
        try write(bytes, to: pipe.writing)
        #expect(reader.result() == bytes)
    }

    @Test func `a reader that has gone is told apart`() {
        let pipe = PipePair()
        pipe.closeReading()
        #expect(throws: OutputError.closed) { try write([1], to: pipe.writing) }
    }

    @Test func `a full disk is an error with its reason`() throws {
        let full = unsafe open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        let error = try #require(throws: OutputError.self) { try write([1], to: full) }
        guard case .failed(let error) = error else {
            Issue.record(error)
            return
        }
        #expect(error.description == "writing to descriptor \(full): No space left on device")
    }

    @Test func `nothing is written of nothing`() throws {
        try write([], to: -1)
    }

    @Test func `descriptors the program was started without are not given to what is opened next`() async {
        await #expect(processExitsWith: .success) {
            close(STDIN_FILENO)
            close(STDOUT_FILENO)
            StandardOutput.prepare()
            precondition(unsafe open("/dev/null", O_RDWR) > STDERR_FILENO)
            do throws(OutputError) {
                try write([1], to: STDOUT_FILENO)
                preconditionFailure()
            } catch {
                guard case .failed(let error) = error else { preconditionFailure() }
                precondition(error.errno == EBADF)
            }
        }
    }
}
