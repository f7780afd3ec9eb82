import PacketDecoding

extension Packet {
    /// Who sends such a payload; nil where it does not tell, or where the port of a service tells the contrary: a line of
    /// text may stand in anything, as in a mail about HTTP.
    ///
    /// - Parameters:
    ///   - isFirst: as below.
    ///   - numbered: what the ports tell of the packet's sender.
    func tellingSender(_ place: TransportPlace, isFirst: Bool, _ numbered: @autoclosure () -> RoleFinding?)
        -> ConversationSide?
    {
        guard let sender = tellingSender(place, isFirst: isFirst) else { return nil }
        if let numbered = numbered(), numbered.evidence == .servicePort, numbered.sender != sender,
            place.payload(self).isTextLine
        {
            return nil
        }
        return sender
    }

    /// Who sends such a payload, by the protocol it begins a message of; nil where it does not tell.
    ///
    /// - Parameter isFirst: whether the packet is the first of its conversation: a greeting tells only then, as a client
    ///   may have a name like what the server says.
    private func tellingSender(_ place: TransportPlace, isFirst: Bool) -> ConversationSide? {
        let payload = place.payload(self)
        guard payload.byteCount > 0 else { return nil }
        if place.index &+ 1 < layers.count {
            let layer = layers[place.index &+ 1]
            switch layer.kind {
            case .greeting: return layer.traits.contains(.fromServer) ? .server : .client
            case .dns: return payload.dnsSender(at: place.layer.kind == .tcp ? 2 : 0)
            // BOOTREQUEST and BOOTREPLY (RFC 2131 section 2).
            case .dhcp: return payload.sender(at: 0, client: 1, server: 2)
            // Modes 3 and 4; the others are of peers (RFC 5905 section 7.3).
            case .ntp: return payload.ntpSender
            default: break
            }
        }
        if isFirst && Greeting.opens(payload) { return .server }
        return place.layer.kind == .tcp ? payload.streamSender : nil
    }
}

extension RawSpan {
    fileprivate func sender(at offset: Int, client: UInt8, server: UInt8) -> ConversationSide? {
        guard offset < byteCount else { return nil }
        let byte = byte(at: offset)
        return byte == client ? .client : byte == server ? .server : nil
    }

    /// By the QR bit (RFC 1035 section 4.1.1).
    fileprivate func dnsSender(at offset: Int) -> ConversationSide? {
        guard byteCount >= offset &+ 12 else { return nil }
        return byte(at: offset &+ 2) & 0x80 == 0 ? .client : .server
    }

    fileprivate var ntpSender: ConversationSide? {
        switch byte(at: 0) & 7 {
        case 3: .client
        case 4, 5: .server
        default: nil
        }
    }

    private func begins(_ text: StaticString, at offset: Int = 0) -> Bool {
        guard byteCount &- offset >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount
        where unsafe byte(at: offset &+ index) != text.utf8Start[index] { return false }
        return true
    }

    fileprivate var isTextLine: Bool { byteCount > 0 && byte(at: 0) >= 0x20 }

    /// Of a stream, where a message begins with the segment. Most payloads are done after one byte.
    fileprivate var streamSender: ConversationSide? {
        switch byte(at: 0) {
        // A handshake record with a hello (RFC 8446 sections 4 and 5.1). An encrypted one has a version there by chance
        // only.
        case 0x16:
            guard byteCount >= 11, byte(at: 1) == 3, byte(at: 2) <= 4, byte(at: 9) == 3, byte(at: 10) <= 4 else {
                return nil
            }
            return sender(at: 5, client: 1, server: 2)
        // MQTT: CONNECT with the protocol's name (version 3.1.1, section 3.1), and its answer (section 3.2).
        case 0x10: return begins("\u{0}\u{4}MQTT", at: 2) || begins("\u{0}\u{4}MQTT", at: 3) ? .client : nil
        case 0x20: return byteCount == 4 && byte(at: 1) == 2 && byte(at: 2) <= 1 ? .server : nil
        // A status line (RFC 9112 section 4; RFC 7826 section 8.1).
        case UInt8(ascii: "H"):
            if begins("HTTP/1.0 ") || begins("HTTP/1.1 ") { return .server }
            return begins("HEAD ") && isRequest(5) ? .client : nil
        case UInt8(ascii: "R"): return begins("RTSP/1.0 ") || begins("RTSP/2.0 ") ? .server : nil
        // The replies that open SMTP and FTP (RFC 5321 section 4.2, RFC 959 section 4.2).
        case UInt8(ascii: "2"): return begins("220 ") || begins("220-") ? .server : nil
        // POP3 and Redis, of a server only (RFC 1939 section 3).
        case UInt8(ascii: "+"): return begins("+OK\r\n") || begins("+OK ") ? .server : nil
        case UInt8(ascii: "-"): return begins("-ERR ") ? .server : nil
        // IMAP (RFC 9051 section 7.1).
        case UInt8(ascii: "*"): return begins("* OK ") || begins("* PREAUTH ") ? .server : nil
        // A request line (RFC 9112 section 3), or the preface of HTTP/2 (RFC 9113 section 3.4).
        case UInt8(ascii: "G"): return begins("GET ") && isRequest(4) ? .client : nil
        case UInt8(ascii: "P"):
            if begins("PRI * HTTP/2.0\r\n") || begins("PUT ") && isRequest(4) { return .client }
            return begins("POST ") && isRequest(5) || begins("PATCH ") && isRequest(6) ? .client : nil
        case UInt8(ascii: "D"): return begins("DELETE ") && isRequest(7) ? .client : nil
        case UInt8(ascii: "O"): return begins("OPTIONS ") && isRequest(8) ? .client : nil
        default: return nil
        }
    }

    /// Whether a request's target stands at `offset`.
    private func isRequest(_ offset: Int) -> Bool {
        begins("/", at: offset) || begins("http://", at: offset) || begins("* ", at: offset)
    }
}
