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
        // Twice: the second is the first sent again.
        for number in 1...2 {
            let header = FrameHeader(
                number: number, timestamp: Timestamp(seconds: 1_700_000_000, nanoseconds: Int64(number)),
                wireLength: bytes.byteCount + missing, linkType: type, checksumIsOffloaded: input[1] & 0x80 != 0)
            formats.show(Frame(bytes, header: header))
        }
        formats.finish()
    }
    return 0
}
