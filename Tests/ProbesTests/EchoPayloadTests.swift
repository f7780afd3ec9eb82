import Testing

@testable import Probes

@Suite struct EchoPayloadTests {
    private func data(_ payload: EchoPayload, mark: UInt64) -> [UInt8] {
        written(payload.size) { payload.write(mark: mark, into: &$0, from: 0) }
    }

    @Test func markThenPattern() {
        let payload = EchoPayload(size: 12, pattern: [0xab, 0xcd])
        #expect(data(payload, mark: 0x0102_0304_0506_0708) == [1, 2, 3, 4, 5, 6, 7, 8, 0xab, 0xcd, 0xab, 0xcd])
        #expect(data(EchoPayload(size: 10), mark: 0) == [0, 0, 0, 0, 0, 0, 0, 0, 8, 9])
        #expect(data(EchoPayload(size: 3), mark: 0x0102_0304_0506_0708) == [1, 2, 3])
        #expect(data(EchoPayload(size: 0), mark: 1) == [])
    }

    @Test func verdicts() {
        let payload = EchoPayload(size: 12)
        let sent = data(payload, mark: 77)
        func verdict(_ bytes: [UInt8], mark: UInt64 = 77) -> EchoPayload.Verdict {
            payload.verify(unsafe bytes.span.bytes, from: 0, mark: mark)
        }
        #expect(verdict(sent) == .intact)
        #expect(verdict(sent, mark: 78) == .foreign)
        #expect(verdict([]) == .foreign)
        #expect(verdict(Array(sent[..<7])) == .foreign)
        #expect(verdict(Array(sent[..<10])) == .corrupt(offset: 10, expected: 10, found: nil))
        var changed = sent
        changed[9] = 0
        #expect(verdict(changed) == .corrupt(offset: 9, expected: 9, found: 0))
    }

    @Test func quotesMayBeCut() {
        let payload = EchoPayload(size: 12)
        let sent = data(payload, mark: 0x0102_0304_0506_0708)
        for count in 0...12 {
            #expect(payload.isQuote(unsafe Array(sent[..<count]).span.bytes, from: 0, mark: 0x0102_0304_0506_0708))
        }
        #expect(!payload.isQuote(unsafe [1, 2, 4].span.bytes, from: 0, mark: 0x0102_0304_0506_0708))
    }
}
