// Fuzzes the decoding and printing of one frame. The input: the frame's link type (LINKTYPE_LINUX_SLL2, 276, as 20),
// how much of it was cut and how it is printed, then its bytes.

import FuzzSupport
import PacketDecoding

@_cdecl("LLVMFuzzerTestOneInput")
public func testFrame(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count >= 3 else { return -1 }
    unsafe withInput(start, count) { input in
        let type = LinkType(rawValue: input[0] == 20 ? LinkType.linuxSLL2.rawValue : UInt32(input[0]))
        let bytes = input.extracting(3..<count)
        // Whatever lies beyond was on the wire and not captured.
        let missing = Int(input[1] & 0x7f) * 16
        var formats = EveryFormat(Choices(rawValue: input[2]), interface: "lo")
        var header = FrameHeader(
            number: 1, timestamp: Timestamp(seconds: 1_700_000_000, nanoseconds: 0),
            wireLength: bytes.byteCount + missing, linkType: type, checksumIsOffloaded: input[1] & 0x80 != 0)
        formats.show(Frame(bytes, header: header))
        // Sent again a second later, to a conversation that knows it.
        header.number = 2
        header.timestamp = Timestamp(seconds: 1_700_000_001, nanoseconds: 0)
        formats.draw(Frame(bytes, header: header))
        formats.finish()
    }
    return 0
}
