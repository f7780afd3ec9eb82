extension DNSMessage {
    /// A message in the fewest words, the outcome first: `A example.org`, `A example.org: A 192.0.2.1`, `NXDOMAIN A
    /// nowhere.example`.
    @inlinable
    static func summarizeTersely(_ header: DNSHeader, _ message: RawSpan, to sink: inout some TextSink & ~Copyable) {
        var isFirst = true
        let code = header.isResponse ? responseCode(header, in: message) : .noError
        if code != .noError {
            sink.mnemonic(code)
            isFirst = false
        }
        if header.operation != .query {
            if !isFirst { sink.write(" ") }
            if header.operation.name == nil { sink.write("opcode ") }
            sink.name(header.operation.name, or: header.operation.rawValue)
            isFirst = false
        }
        let hasNames =
            header.questionCount > 0
            ? (try? DNSEntry(questionAt: DNSHeader.size, in: message)) != nil : header.answerCount > 0
        if isFirst && !hasNames {
            sink.write(header.isResponse ? "response" : "query")
            isFirst = false
        }
        let offset = summarizeQuestions(header, message, isFirst: isFirst, to: &sink)
        guard header.isResponse, code == .noError, let offset else { return }
        if header.isTruncated { sink.write(", truncated") }
        if header.answerCount > 0 {
            summarizeAnswers(header, message, at: offset, isFirst: isFirst && header.questionCount == 0, to: &sink)
        } else if header.operation == .query && header.questionCount > 0 {
            sink.write(": no answer")
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// `NXDOMAIN`: the name that resolvers and their manuals use (IANA, DNS RCODEs).
    @inlinable
    mutating func mnemonic(_ code: DNSResponseCode) {
        switch code.rawValue {
        case 1: write("FORMERR")
        case 2: write("SERVFAIL")
        case 3: write("NXDOMAIN")
        case 4: write("NOTIMP")
        case 5: write("REFUSED")
        case 6: write("YXDOMAIN")
        case 7: write("YXRRSET")
        case 8: write("NXRRSET")
        case 9: write("NOTAUTH")
        case 10: write("NOTZONE")
        case 16: write("BADVERS")
        case 23: write("BADCOOKIE")
        default:
            write("rcode ")
            decimal(code.rawValue)
        }
    }
}
