import Glibc
import Sockets
import Testing

@Suite struct ReadinessTests {
    @Test func `waits no shorter than the timeout when nothing comes`() throws {
        let socket = try DatagramSocket(on: .loopback)
        let start = ContinuousClock.now
        let outcome = try Readiness.wait(for: .reading, on: socket.descriptor, timeout: .microseconds(2500))
        #expect(outcome == .timedOut)
        #expect(ContinuousClock.now - start >= .microseconds(2500))
        #expect(try Readiness.wait(for: .writing, on: socket.descriptor, timeout: .zero) == .ready)
    }

    @Test func `another descriptor ends the wait, and wins`() throws {
        let socket = try DatagramSocket(on: .loopback)
        let other = try DatagramSocket(on: .loopback)
        let message: [UInt8] = [1]
        #expect(try other.send(message.span, to: other.localAddress))
        #expect(try Readiness.wait(for: .reading, on: socket.descriptor, wake: other.descriptor) == .woken)
        #expect(try Readiness.wait(for: .writing, on: socket.descriptor, wake: other.descriptor) == .woken)
    }
}
