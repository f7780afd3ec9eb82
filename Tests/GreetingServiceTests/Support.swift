import Foundation
import GreetingService
import PacketDecoding
import Sockets
import Synchronization
import Testing

/// A greeting server on a thread of the test process, on a port of the kernel's choice.
final class RunningServer: Sendable {
    let address: SocketAddress
    private let events = Mutex<[GreetingEvent]>([])
    private let stopPipe = Pipe()
    private let finished = DispatchSemaphore(value: 0)

    init(
        _ transport: GreetingTransport, family: AddressFamily = .v4, delay: Duration = .milliseconds(10),
        backlog: Int32 = 5, idleLimit: Duration = .seconds(60)
    ) throws {
        let server = try GreetingServer(
            at: GreetingAddress(port: 0, transport: transport, family: family), backlog: backlog, delay: delay,
            idleLimit: idleLimit)
        address = server.address
        let stop = stopPipe.fileHandleForReading.fileDescriptor
        Thread.detachNewThread { [self] in
            do {
                try server.serve(until: stop) { event in
                    events.withLock { $0.append(event) }
                    return true
                }
            } catch {
                Issue.record(error)
            }
            finished.signal()
        }
    }

    var port: UInt16 { address.endpoint.port }

    var log: [GreetingEvent] { events.withLock { $0 } }

    /// Waits until the server has told `count` events that fit.
    func awaitEvents(_ count: Int, where fits: (GreetingEvent) -> Bool) -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while log.count(where: fits) < count {
            if ContinuousClock.now > deadline { return false }
            usleep(2000)
        }
        return true
    }

    /// Stops the server and waits for its thread.
    func stop() {
        stopPipe.fileHandleForWriting.write(Data([0]))
        finished.wait()
    }
}

extension GreetingEvent {
    var isClosed: Bool { if case .closed = self { true } else { false } }
    var isAccepted: Bool { if case .accepted = self { true } else { false } }
    var isOverloaded: Bool { if case .overloaded = self { true } else { false } }
    var isIdle: Bool { if case .idle = self { true } else { false } }
    var isDisplaced: Bool { if case .displaced = self { true } else { false } }
    /// The name that came, which `exit` is not.
    var name: String? {
        if case .received(let name) = self, name != Array("exit".utf8) {
            String(decoding: name, as: UTF8.self)
        } else {
            nil
        }
    }
}

/// What a Python program prints; its stdout is read until it ends.
func python(_ program: String, _ arguments: String...) throws -> String {
    let process = try startPython(program, arguments)
    let output = process.output.fileHandleForReading.readDataToEndOfFile()
    process.process.waitUntilExit()
    #expect(process.process.terminationStatus == 0, "the Python program failed")
    return String(decoding: output, as: UTF8.self)
}

func startPython(_ program: String, _ arguments: [String] = []) throws -> (process: Process, output: Pipe) {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program] + arguments
    process.standardOutput = output
    try process.run()
    return (process, output)
}

/// Descriptors of this process that are sockets with the local port: what a server still holds.
func descriptors(ofLocalPort port: UInt16) throws -> Int {
    let suffix = ":" + String(format: "%04X", port)
    let sockets = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8).split(separator: "\n").dropFirst()
        .map { $0.split(separator: " ") }
        .filter { $0[1].hasSuffix(suffix) }
        .map { "socket:[\($0[9])]" }
    let links = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    return links.count { link in
        // A descriptor of another test may be gone by now.
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(link)")
        return target.map { sockets.contains($0) } ?? false
    }
}

/// Whether this machine has the IPv6 loopback address.
let hasIPv6: Bool = {
    let address = SocketAddress(Endpoint(address: .v6(IPv6Address(high: 0, low: 1)), port: 0))
    do { _ = try DatagramSocket(on: address) } catch { return false }
    return true
}()

/// Collects what is written, escaping everything that is not printable ASCII.
struct TextCollector: TextSink {
    var text = ""

    mutating func write(_ text: StaticString) { self.text += "\(text)" }
    mutating func write(byte: UInt8) { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    mutating func decimal(_ value: UInt64) { text += "\(value)" }
    mutating func hex(_ value: UInt64, digits: Int) { text += String(value, radix: 16) }
    mutating func escaped(_ bytes: RawSpan) {
        for offset in 0..<bytes.byteCount {
            let byte = bytes.byte(at: offset)
            text += 0x20...0x7e ~= byte ? String(Unicode.Scalar(byte)) : "<\(byte)>"
        }
    }
    mutating func address(_ address: IPv4Address) {}
    mutating func address(_ address: IPv6Address) {}
    mutating func address(_ address: MACAddress) {}
}
