// Fuzzes what is printed of conversations whose ends say anything. The input: how it is printed, the server's port,
// the transport, then the steps, each a byte of what it does, one with the length of what it says, and that. Choices
// tells how the first byte is read.

import FuzzSupport
import PacketDecoding

/// Ports that lead to an application protocol, and one that does not.
private let ports: [UInt16] = [9999, 53, 5353, 67, 123, 80, 443, 7000]

@_cdecl("LLVMFuzzerTestOneInput")
public func testText(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count >= 3 else { return -1 }
    unsafe withInput(start, count) { input in
        let name = unsafe input.extracting(3..<min(count, 20)).withUnsafeBytes {
            unsafe String(decoding: $0, as: UTF8.self)
        }
        let session = Session.begin(Choices(rawValue: input[0]), interface: name, room: count)
        var script = Script(port: ports[Int(input[1] & 7)], isTCP: input[2] & 1 == 0, isIPv6: input[2] & 2 != 0)
        var offset = 3
        while count - offset >= 2 && script.number < 8 {
            let length = min(Int(input[offset + 1]), count - offset - 2)
            script.step(input[offset], input.extracting(offset + 2..<offset + 2 + length))
            offset += 2 + length
            let span = unsafe script.frame.span.bytes
            let header = FrameHeader(
                number: script.number, timestamp: Timestamp(rawValue: script.time), wireLength: span.byteCount,
                linkType: .raw)
            session.show(Frame(span, header: header))
        }
        session.finish()
    }
    return 0
}

/// Builds the packets of one conversation. Checksums are 0: no output depends on them but the checksum's own.
private struct Script: ~Copyable {
    private(set) var number = 0
    private(set) var time: Int64 = 1_700_000_000_000_000_000
    private(set) var frame: [UInt8] = []
    private let port: UInt16
    private let isTCP, isIPv6: Bool
    /// Next sequence number of the client and of the server.
    private var sequence: (client: UInt32, server: UInt32) = (0xffff_fff0, 1000)

    init(port: UInt16, isTCP: Bool, isIPv6: Bool) {
        self.port = port
        self.isTCP = isTCP
        self.isIPv6 = isIPv6
    }

    /// Makes the next packet.
    ///
    /// - Parameter control: bit 0 the sender, bits 1 to 3 the flags, bit 4 whether it is sent again, bits 5 and 6 the
    ///   time that has passed, bit 7 whether the window is closed.
    mutating func step(_ control: UInt8, _ payload: RawSpan) {
        number += 1
        let delays: [Int64] = [1_000, 250_000_000, .max / 2, -1_000_000]
        time = time.addingReportingOverflow(delays[Int(control >> 5 & 3)]).partialValue
        let isServer = control & 1 != 0
        let flagSets: [UInt8] = [0x18, 0x02, 0x12, 0x10, 0x11, 0x14, 0x38, 0xc2]
        let flags = flagSets[Int(control >> 1 & 7)]
        let client: UInt16 = 40_000
        frame.removeAll(keepingCapacity: true)
        network(isServer: isServer, length: (isTCP ? 20 : 8) + payload.byteCount)
        word(isServer ? port : client)
        word(isServer ? client : port)
        if isTCP {
            var own = isServer ? sequence.server : sequence.client
            if control & 0x10 != 0 { own &-= UInt32(payload.byteCount) }
            word32(own)
            word32(isServer ? sequence.client : sequence.server)
            frame += [0x50, flags]
            word(control & 0x80 != 0 ? 0 : 512)
            word(0)
            word(0)
            let next = own &+ UInt32(payload.byteCount) &+ (flags & 3 != 0 ? 1 : 0)
            if isServer { sequence.server = next } else { sequence.client = next }
        } else {
            word(UInt16(8 + payload.byteCount))
            word(0)
        }
        for offset in 0..<payload.byteCount { frame.append(payload[offset]) }
    }

    private mutating func network(isServer: Bool, length: Int) {
        let ends: [UInt8] = isServer ? [2, 1] : [1, 2]
        let transport: UInt8 = isTCP ? 6 : 17
        if isIPv6 {
            frame += [0x60, 0, 0, 0]
            word(UInt16(length))
            frame += [transport, 64]
            for end in ends { frame += [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end] }
        } else {
            frame += [0x45, 0]
            word(UInt16(20 + length))
            frame += [0, 0, 0x40, 0, 64, transport, 0, 0]
            for end in ends { frame += [192, 0, 2, end] }
        }
    }

    private mutating func word(_ value: UInt16) {
        frame.append(UInt8(value >> 8))
        frame.append(UInt8(value & 0xff))
    }

    private mutating func word32(_ value: UInt32) {
        word(UInt16(value >> 16))
        word(UInt16(value & 0xffff))
    }
}
