// Reading a savefile that is the fuzzer's input.

import CLinux
import Conversations
import FuzzSupport
import Glibc
import PacketCapture
import PacketDecoding
import Rendering

/// A file in memory that each input overwrites. Opening it by its name begins at its start each time.
private let memory = earshot_memory_file()
private let path = "/proc/self/fd/\(memory)"

/// Reads all that can be read and follows it, with whatever times the file gives; checks what each frame claims.
public func readSavefile(_ start: UnsafePointer<UInt8>, _ count: Int) {
    guard memory >= 0, ftruncate(memory, count) == 0, unsafe pwrite(memory, start, count, 0) == count else {
        finding("no memory for the input")
    }
    do throws(CaptureError) {
        var source = try SavefileReader(path: path)
        var decoder = PacketDecoder(ports: ports)
        var table = ConversationTable(seed: 1, ports: ports)
        var times = [TimeStyle.clock, .dateAndClock, .epoch, .sincePrevious, .sinceFirst].map { TimeFormat($0) }
        var buffer = ByteBuffer()
        var number = 0
        while let frame = try source.next() {
            number += 1
            if frame.header.number != number { finding("a packet with another's number") }
            if frame.wireLength < frame.capturedLength { finding("more captured than there was on the wire") }
            _ = table.observe(decoder.decode(frame))
            for index in times.indices {
                times[index].write(frame.header.timestamp, utcOffset: 50_400, to: &buffer)
            }
            readEveryByte(frame.bytes)
            requirePrintable(buffer.bytes)
            buffer.removeAll()
        }
        if !source.isFinished { finding("no packet, and no end either") }
    } catch {
        if error.kind == .usage { finding("a file taken for wrong use") }
    }
}

/// What lies outside the reader's memory is the address sanitizer's to find.
@inline(never)
private func readEveryByte(_ bytes: RawSpan) {
    var offset = 0
    while bytes.byteCount - offset >= 8 {
        unsafe total &+= bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        offset += 8
    }
    while offset < bytes.byteCount {
        unsafe total &+= UInt64(bytes[offset])
        offset += 1
    }
}

/// Keeps the compiler from leaving the reading out.
nonisolated(unsafe) private var total: UInt64 = 0

/// Whether the input begins as a pcapng file does, with a section header.
public func isPcapng(_ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    unsafe count >= 4 && start[0] == 0x0a && start[1] == 0x0d && start[2] == 0x0d && start[3] == 0x0a
}
