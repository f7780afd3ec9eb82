// TCP options: RFC 9293 section 3.2. Kind 0 ends the list, kind 1 is one byte, every other has a length.
//
//    0        7 8       15
//   +----------+----------+------------
//   |   kind   |  length  |  data ...
//   +----------+----------+------------

/// One option of a TCP header, found but not yet interpreted.
@frozen public struct TCPOption: BitwiseCopyable, Hashable, Sendable {
    public let kind: UInt8
    /// With kind and length octets, in bytes; 1 for kinds 0 and 1, which have no length octet.
    public let length: Int
    /// Of the kind octet, within the option area.
    public let offset: Int

    @inlinable public var hasLength: Bool { kind > 1 }

    /// The experiment that became TCP fast open, by its number in the IANA registry of TCP experiment identifiers.
    @inlinable static var fastOpenExperiment: UInt16 { 0xf989 }

    /// The name in the IANA registry of TCP option kinds, shortened; nil where this project has none for it.
    @inlinable public var name: StaticString? {
        switch kind {
        case 0: "end of options"
        case 1: "no operation"
        case 2: "maximum segment size"
        case 3: "window scale"
        case 4: "SACK permitted"
        case 5: "SACK"
        case 6: "echo"
        case 7: "echo reply"
        case 8: "timestamps"
        case 9: "partial order permitted"
        case 10: "partial order service profile"
        case 11: "connection count"
        case 12: "new connection count"
        case 13: "connection count echo"
        case 14: "alternate checksum request"
        case 15: "alternate checksum data"
        case 19: "MD5 signature"
        case 27: "quick start response"
        case 28: "user timeout"
        case 29: "authentication"
        case 30: "multipath TCP"
        case 34: "fast open"
        case 69: "encryption negotiation"
        case 172: "accurate ECN order 0"
        case 174: "accurate ECN order 1"
        case 253, 254: "experiment"
        default: nil
        }
    }

    /// The option at `offset` of an option area; nil at its end and where an option overruns it.
    @inlinable
    public init?(in area: RawSpan, at offset: Int) {
        guard offset < area.byteCount else { return nil }
        let kind = area.byte(at: offset)
        var length = 1
        if kind > 1 {
            guard offset &+ 2 <= area.byteCount else { return nil }
            length = Int(area.byte(at: offset &+ 1))
            guard length >= 2, offset &+ length <= area.byteCount else { return nil }
        }
        self.kind = kind
        self.length = length
        self.offset = offset
    }
}

extension TCPOption {
    /// The options of `area` up to the first of kind 0, as a list called `options`.
    ///
    /// - Parameter isWhole: whether all of the area was captured, so that what does not fit in it is the sender's fault.
    @inlinable
    public static func describe(_ area: RawSpan, isWhole: Bool, to sink: inout some FieldSink & ~Copyable) {
        sink.beginList("options")
        var offset = 0
        var hasEnded = false
        var isMalformed = false
        while !hasEnded && !isMalformed, let option = TCPOption(in: area, at: offset) {
            let end = offset &+ option.length
            sink.beginItem(option.name ?? "option")
            sink.number("kind", option.kind)
            if option.hasLength {
                sink.number("length", option.length)
                option.describe(area.clipped(from: offset &+ 2, to: end), to: &sink)
            }
            sink.endItem()
            hasEnded = option.kind == 0
            isMalformed = option.kind == 30 && MultipathTCP.isTooShort(area.clipped(from: offset &+ 2, to: end))
            offset = end
        }
        if !isWhole && !hasEnded && !isMalformed {
            describeCut(area.clipped(from: offset, to: area.byteCount), to: &sink)
        }
        sink.endList()
        if isMalformed || (isWhole && !hasEnded && offset < area.byteCount) { sink.boolean("options_malformed", true) }
    }

    /// What was captured of the option that the capture cuts; Wireshark lists only one of multipath TCP.
    @inlinable
    static func describeCut(_ bytes: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        guard bytes.byteCount >= 2, bytes.byte(at: 0) == 30, bytes.byte(at: 1) > 2 else { return }
        sink.beginItem("multipath TCP")
        sink.number("kind", 30)
        sink.number("length", bytes.byte(at: 1))
        if bytes.byteCount >= 3 {
            let subtype = bytes.byte(at: 2) >> 4
            sink.number("subtype", subtype, meaning: MultipathTCP.name(ofSubtype: subtype))
        }
        sink.endItem()
    }

    /// The fields of one option. One whose length does not suit its kind is raw data.
    @inlinable
    func describe(_ data: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        switch (kind, data.byteCount) {
        case (2, 2): sink.number("maximum_segment_size", data.uint16(at: 0))
        case (3, 1): sink.number("window_scale_shift", data.byte(at: 0))
        case (4, 0): break
        case (5, let count):
            sink.beginList("blocks")
            for start in stride(from: 0, to: count / 8 &* 8, by: 8) {
                sink.beginItem("block")
                sink.number("left_edge", data.uint32(at: start))
                sink.number("right_edge", data.uint32(at: start &+ 4))
                sink.endItem()
            }
            sink.endList()
        case (8, 8):
            sink.number("timestamp_value", data.uint32(at: 0))
            sink.number("timestamp_echo_reply", data.uint32(at: 4))
        case (19, 16): sink.bytes("digest", data)
        case (30, 1...):
            sink.number("subtype", data.byte(at: 0) >> 4, meaning: MultipathTCP.name(ofSubtype: data.byte(at: 0) >> 4))
            sink.bytes("data", data)
        case (34, _): sink.bytes("cookie", data)
        case (253, 2...), (254, 2...):
            sink.hexNumber("experiment_id", data.uint16(at: 0), digits: 4)
            if data.uint16(at: 0) == Self.fastOpenExperiment {
                sink.bytes("cookie", data.clipped(from: 2, to: data.byteCount))
            } else {
                sink.bytes("data", data)
            }
        default: sink.bytes("data", data)
        }
    }
}

/// The options a conversation needs, gathered from one header (RFC 7323, RFC 2018, RFC 9293 section 3.7.1).
@frozen public struct TCPOptionSummary: BitwiseCopyable, Hashable, Sendable {
    /// Bytes of payload the sender takes per segment; SYN only.
    public var maximumSegmentSize: UInt16?
    /// Left shift of the sender's windows; SYN only, and only when both ends send it.
    public var windowScaleShift: UInt8?
    public var permitsSelectiveAcknowledgment = false
    public var timestampValue: UInt32?
    public var timestampEchoReply: UInt32?
    /// Number of SACK blocks, 0 to 4.
    public var selectiveAcknowledgmentBlocks: UInt8 = 0

    /// - Parameter area: the option area of a TCP header, as captured.
    @inlinable
    public init(_ area: RawSpan) {
        var offset = 0
        while let option = TCPOption(in: area, at: offset), option.kind != 0 {
            switch (option.kind, option.length) {
            case (2, 4): maximumSegmentSize = area.uint16(at: offset &+ 2)
            case (3, 3): windowScaleShift = area.byte(at: offset &+ 2)
            case (4, 2): permitsSelectiveAcknowledgment = true
            case (5, let length) where (length &- 2) % 8 == 0:
                selectiveAcknowledgmentBlocks = UInt8(truncatingIfNeeded: (length &- 2) / 8)
            case (8, 10):
                timestampValue = area.uint32(at: offset &+ 2)
                timestampEchoReply = area.uint32(at: offset &+ 6)
            default: break
            }
            offset &+= option.length
        }
    }
}
