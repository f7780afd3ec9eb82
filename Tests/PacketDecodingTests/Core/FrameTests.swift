import PacketDecoding
import Testing

@Suite struct FrameTests {
    private let header = FrameHeader(number: 1, timestamp: nil, wireLength: 9, linkType: .ethernet)

    @Test func hasNoCommentsUnlessItIsGivenSome() {
        let bytes: [UInt8] = [1, 2, 3]
        let frame = unsafe Frame(bytes.span.bytes, header: header)
        #expect(frame.comments.count == 0)
        #expect(frame.capturedLength == 3)
        #expect(frame.wireLength == 9)
        #expect(frame.header.statedLength == 9)
    }

    @Test func headerGivesBackWhatItTook() {
        var header = FrameHeader(
            number: 7, timestamp: Timestamp(rawValue: .min), wireLength: 9, statedLength: 3, linkType: .linuxSLL2,
            interface: 0, direction: .outgoing, checksumIsOffloaded: true)
        #expect(header.timestamp == Timestamp(rawValue: .min))
        #expect(header.interface == 0)
        #expect(header.statedLength == 3)
        header.timestamp = nil
        header.interface = nil
        header.wireLength = .max
        header.statedLength = -1
        #expect(header.timestamp == nil)
        #expect(header.interface == nil)
        #expect(header.wireLength == Int(UInt32.max))
        #expect(header.statedLength == 0)
        #expect(
            header
                == FrameHeader(
                    number: 7, timestamp: nil, wireLength: .max, statedLength: 0, linkType: .linuxSLL2,
                    direction: .outgoing, checksumIsOffloaded: true))
        #expect(MemoryLayout<FrameHeader>.stride == 40)
    }

    @Test func givesItsCommentsInOrderClippedToTheRecord() {
        let record = Array("..one, two".utf8)
        let ranges = [2..<5, 7..<10, 0..<0, 8..<99]
        let frame = unsafe Frame(
            record.span.bytes, header: header, comments: FrameComments(ranges.span, in: record.span.bytes))
        var texts: [String] = []
        for index in 0..<frame.comments.count {
            let comment = frame.comments[index]
            texts.append(unsafe comment.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) })
        }
        #expect(texts == ["one", "two", "", "wo"])
    }
}
