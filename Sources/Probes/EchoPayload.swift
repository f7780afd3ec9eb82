import PacketDecoding

/// The data of an echo request: the probe's mark, as far as it fits, then a pattern.
public struct EchoPayload: Hashable, Sendable {
    /// Bytes of the mark.
    public static let markLength = 8

    /// In bytes.
    public let size: Int
    /// Repeated behind the mark, counted from the first byte of the data; empty is 0, 1, 2 … as ping(8) fills.
    public let pattern: [UInt8]

    /// What is sent, with no mark yet.
    private let template: [UInt8]

    public init(size: Int, pattern: [UInt8] = []) {
        self.size = size
        self.pattern = pattern
        template = (0..<max(0, size)).map { offset in
            pattern.isEmpty ? UInt8(truncatingIfNeeded: offset) : pattern[offset % pattern.count]
        }
    }

    /// What came back.
    enum Verdict: Hashable {
        case intact
        /// It bears the mark, and then another byte than was sent, or none.
        case corrupt(offset: Int, expected: UInt8, found: UInt8?)
        /// Who sent this did not see the request.
        case foreign
    }

    private func expected(at offset: Int, mark: UInt64) -> UInt8 {
        if offset < Self.markLength { return UInt8(truncatingIfNeeded: mark >> UInt64(56 - offset * 8)) }
        return template[offset]
    }

    /// Fills the data of an echo request, which begin at `start`.
    func write(mark: UInt64, into message: inout MutableSpan<UInt8>, from start: Int) {
        let count = max(0, min(size, message.count - start))
        for offset in 0..<min(count, Self.markLength) { message[start + offset] = expected(at: offset, mark: mark) }
        guard count > Self.markLength else { return }
        unsafe template.withUnsafeBytes { template in
            unsafe message.withUnsafeMutableBytes { message in
                let target = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: message[(start + Self.markLength)..<(start + count)])
                unsafe target.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: template[Self.markLength..<count]))
            }
        }
    }

    /// Compares the data of a reply, which begin at `start`, with what was sent.
    ///
    /// - Parameters:
    ///   - compared: bytes at the beginning that are not compared, but for the mark: the caller's own.
    ///   - isCut: whether more came than the bytes that were kept.
    func verify(
        _ bytes: RawSpan, from start: Int, mark: UInt64, behind compared: Int = markLength, isCut: Bool = false
    ) -> Verdict {
        let count = min(size, max(0, bytes.byteCount - start))
        for offset in 0..<min(size, Self.markLength) {
            guard offset < count, byte(bytes, start + offset) == expected(at: offset, mark: mark) else {
                return .foreign
            }
        }
        guard size > Self.markLength else { return bytes.byteCount - start > size ? .foreign : .intact }
        if count == size && isTemplate(bytes, from: start, behind: compared) { return .intact }
        for offset in compared..<max(count, compared) {
            let found = byte(bytes, start + offset)
            let sent = expected(at: offset, mark: mark)
            if found != sent { return .corrupt(offset: offset, expected: sent, found: found) }
        }
        if count < size && !isCut {
            return .corrupt(offset: count, expected: expected(at: count, mark: mark), found: nil)
        }
        return .intact
    }

    /// Whether all behind the mark is as it was sent.
    private func isTemplate(_ bytes: RawSpan, from start: Int, behind compared: Int) -> Bool {
        let sent = unsafe template.span.bytes
        var offset = compared
        while offset + 8 <= size {
            let wanted = unsafe sent.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let found = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start + offset, as: UInt64.self)
            if wanted != found { return false }
            offset += 8
        }
        while offset < size {
            if byte(bytes, start + offset) != template[offset] { return false }
            offset += 1
        }
        return true
    }

    /// Whether the data of a request that an ICMP error quotes, which begin at `start`, are of this mark: what is
    /// missing speaks for nobody.
    func isQuote(_ bytes: RawSpan, from start: Int, mark: UInt64) -> Bool {
        for offset in 0..<min(size, Self.markLength, max(0, bytes.byteCount - start))
        where byte(bytes, start + offset) != expected(at: offset, mark: mark) {
            return false
        }
        return true
    }

    private func byte(_ bytes: RawSpan, _ offset: Int) -> UInt8 {
        unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
