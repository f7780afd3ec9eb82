// Fuzzes the decoding and printing of frames. The input: the link type (LINKTYPE_LINUX_SLL2, 276, as 20), how much was
// cut of each frame and whether its checksums were left to the network card, how it is printed (see Choices), then the
// bytes of one frame. Where what is printed depends on the frames before, as of fragments and conversations, they are
// several, each behind its length in two bytes.

import FuzzSupport
import PacketDecoding

@_cdecl("LLVMFuzzerTestOneInput")
public func testFrame(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count >= 3 else { return -1 }
    unsafe withInput(start, count) { input in
        let choices = Choices(rawValue: input[2])
        let session = Session.begin(choices, interface: "lo", room: count)
        let bytes = input.extracting(3..<count)
        var header = FrameHeader(
            number: 0, timestamp: nil, wireLength: 0,
            linkType: LinkType(rawValue: input[0] == 20 ? LinkType.linuxSLL2.rawValue : UInt32(input[0])),
            checksumIsOffloaded: input[1] & 0x80 != 0)
        // Whatever lies beyond was on the wire and not captured.
        let missing = Int(input[1] & 0x7f) * 16
        if choices.takesSeveral {
            var offset = 0
            while bytes.byteCount - offset >= 2 && header.number < 8 {
                let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
                let end = min(offset + 2 + length, bytes.byteCount)
                session.show(bytes.extracting(offset + 2..<end), missing: missing, &header)
                offset = end
            }
        } else {
            session.show(bytes, missing: missing, &header)
            if choices.remembers { session.show(bytes, missing: missing, &header) }
        }
        session.finish()
    }
    return 0
}

extension Session {
    /// Shows `bytes` as the next frame, a second after the one before.
    fileprivate func show(_ bytes: RawSpan, missing: Int, _ header: inout FrameHeader) {
        header.number += 1
        header.timestamp = Timestamp(seconds: 1_700_000_000 + Int64(header.number), nanoseconds: 0)
        header.wireLength = bytes.byteCount + missing
        header.statedLength = header.wireLength
        show(Frame(bytes, header: header))
    }
}
