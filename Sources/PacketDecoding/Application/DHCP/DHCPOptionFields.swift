// Where the options of a DHCP message stand: at its end, and in the fields of boot file and server name where option 52
// says so (RFC 2131 section 4.1, RFC 2132 section 9.3). In that order the pieces of a long option are one after the
// other (RFC 3396 section 5).

/// Goes through the options of a message, pads and ends left out.
@usableFromInline struct DHCPOptions {
    /// A part of the message that holds options.
    @usableFromInline enum Field {
        case options, bootFile, serverName
    }

    /// Of the option that came last.
    @usableFromInline private(set) var field = Field.options
    /// Which fields hold options, by the first option 52: 1 the boot file, 2 the server name, 3 both.
    @usableFromInline private(set) var overload: UInt8 = 0
    /// The first option that does not fit into its field: where it would end, and where the field does.
    @usableFromInline private(set) var overrun: (needed: Int, available: Int)?
    private var offset, limit: Int

    /// nil when `message` has none (plain BOOTP).
    @usableFromInline
    init?(in message: RawSpan) {
        let fixed = DHCPHeader.fixedLength
        // RFC 2132 section 2.
        guard message.byteCount >= fixed &+ 4, message.uint32(at: fixed) == 0x6382_5363 else { return nil }
        offset = fixed &+ 4
        limit = message.byteCount
    }

    @usableFromInline
    mutating func next(in message: RawSpan) -> DHCPOption? {
        while true {
            while let option = DHCPOption(in: message, at: offset, before: limit) {
                offset = option.end
                if option.isEnd {
                    offset = limit
                    break
                }
                if option.code == 0 { continue }
                if field == .options, option.code == 52, overload == 0, option.data.count == 1 {
                    let value = message.byte(at: option.data.lowerBound)
                    overload = value <= 3 ? value : 0
                }
                return option
            }
            if offset < limit, overrun == nil {
                let hasLength = offset &+ 1 < limit
                overrun = (offset &+ 2 &+ (hasLength ? Int(message.byte(at: offset &+ 1)) : 0), limit)
            }
            guard enterNextField() else { return nil }
        }
    }

    /// Each field is entered once, so that there is an end to them.
    private mutating func enterNextField() -> Bool {
        if field == .options, overload & 1 != 0 {
            field = .bootFile
            (offset, limit) = (108, DHCPHeader.fixedLength)
        } else if field != .serverName, overload & 2 != 0 {
            field = .serverName
            (offset, limit) = (44, 108)
        } else {
            return false
        }
        return true
    }

    /// Goes to the end; what ``overload`` and ``overrun`` say is then final.
    @usableFromInline
    mutating func finish(in message: RawSpan) { while next(in: message) != nil {} }
}

/// The data of options that come in pieces, joined.
@usableFromInline struct DHCPJoinedOptions {
    /// By code; empty where there is one piece or none.
    @usableFromInline private(set) var data: [[UInt8]] = []
    @usableFromInline private(set) var pieces: [Int] = []

    /// Looks for codes that come more than once, which few messages have.
    @usableFromInline
    init(_ message: RawSpan) {
        guard var options = DHCPOptions(in: message) else { return }
        var seen: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var isRepeated = false
        while let option = options.next(in: message), !isRepeated {
            guard option.isJoined else { continue }
            let bit = UInt64(1) << UInt64(option.code & 63)
            switch option.code >> 6 {
            case 0: (isRepeated, seen.0) = (seen.0 & bit != 0, seen.0 | bit)
            case 1: (isRepeated, seen.1) = (seen.1 & bit != 0, seen.1 | bit)
            case 2: (isRepeated, seen.2) = (seen.2 & bit != 0, seen.2 | bit)
            default: (isRepeated, seen.3) = (seen.3 & bit != 0, seen.3 | bit)
            }
        }
        if isRepeated { join(message) }
    }

    private mutating func join(_ message: RawSpan) {
        data = Array(repeating: [], count: 256)
        pieces = Array(repeating: 0, count: 256)
        guard var options = DHCPOptions(in: message) else { return }
        while let option = options.next(in: message) {
            guard option.isJoined else { continue }
            pieces[Int(option.code)] += 1
            for index in option.data { data[Int(option.code)].append(message.byte(at: index)) }
        }
    }

    /// Takes the joined data of `code`, once.
    @usableFromInline
    mutating func take(_ code: UInt8) -> [UInt8] {
        let taken = data[Int(code)]
        data[Int(code)] = []
        return taken
    }

    /// In how many pieces the data of `code` come.
    @usableFromInline
    func pieceCount(_ code: UInt8) -> Int { pieces.isEmpty ? 1 : pieces[Int(code)] }
}

extension FieldSink where Self: ~Copyable {
    /// Every option of `message`; of one that comes in pieces the whole, where the first piece stands.
    @inlinable
    mutating func options(of message: RawSpan) {
        guard var options = DHCPOptions(in: message) else { return }
        var joined = DHCPJoinedOptions(message)
        var isTold = InlineArray<256, Bool>(repeating: false)
        beginList("options")
        while let option = options.next(in: message) {
            let count = option.isJoined ? joined.pieceCount(option.code) : 1
            if count > 1 {
                if isTold[Int(option.code)] { continue }
                isTold[Int(option.code)] = true
                let data = joined.take(option.code)
                beginItem("option")
                self.option(option, options.field, length: data.count, pieces: count)
                option.describeData(unsafe data.span.bytes, to: &self)
            } else {
                beginItem("option")
                self.option(option, options.field, length: option.data.count, pieces: 1)
                option.describeData(message.extracting(option.data), to: &self)
            }
            endItem()
        }
        endList()
    }

    @inlinable
    mutating func option(_ option: DHCPOption, _ field: DHCPOptions.Field, length: Int, pieces: Int) {
        number("code", option.code, meaning: option.name)
        number("length", length)
        if pieces > 1 { number("pieces", pieces) }
        switch field {
        case .options: break
        case .bootFile: word("field", "boot_file")
        case .serverName: word("field", "server_name")
        }
    }
}
