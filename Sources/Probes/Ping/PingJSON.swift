// The records of `ping --format json`, a line each.

public import PacketDecoding
import Sockets

extension TextSink where Self: ~Copyable {
    /// Text as a JSON string. What the user gave holds no secrets, but may hold anything.
    mutating func jsonString(_ string: String) {
        write("\"")
        jsonText(string)
        write("\"")
    }

    /// What stands between the quotes of such a string.
    mutating func jsonText(_ string: String) {
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": write("\\\"")
            case "\\": write("\\\\")
            case " "..."~": write(byte: UInt8(truncatingIfNeeded: scalar.value))
            default:
                for unit in UTF16.encode(scalar) ?? Unicode.UTF16.EncodedScalar() {
                    write("\\u")
                    hex(UInt64(unit), digits: 4)
                }
            }
        }
    }

    mutating func jsonAddress(_ address: IPAddress) {
        write("\"")
        self.address(address)
        write("\"")
    }

    /// The schema's `timestamp`: seconds since 1970 with nine decimals.
    mutating func jsonTimestamp(_ time: Int64) {
        let stamp = Timestamp(rawValue: time)
        write("\"")
        decimal(stamp.seconds)
        write(".")
        padded(UInt64(stamp.nanoseconds), 9)
        write("\"")
    }
}

extension PingSession {
    /// `{"record":"reply",…}` or `{"record":"error",…}`.
    public func writeRecord(_ event: PingEvent, host: String, to sink: inout some TextSink & ~Copyable) {
        switch event {
        case .reply(let reply):
            sink.write("{\"record\":\"reply\",\"timestamp\":")
            sink.jsonTimestamp(reply.time)
            begin(host, reply.from, zone: reply.zone, reply.number, to: &sink)
            if let hopLimit = reply.hopLimit {
                sink.write(",\"ttl\":")
                sink.decimal(hopLimit)
            }
            sink.write(",\"bytes\":")
            sink.decimal(reply.length)
            sink.write(",\"rtt_ms\":")
            sink.milliseconds(reply.roundTrip, digits: 6)
            sink.write(reply.isDuplicate ? ",\"duplicate\":true" : ",\"duplicate\":false")
            if reply.isLate { sink.write(",\"late\":true") }
            if reply.corruption != nil { sink.write(",\"corrupt\":true") }
        case .fault(let number, let fault, let time):
            sink.write("{\"record\":\"error\",\"timestamp\":")
            sink.jsonTimestamp(time)
            begin(host, peer.address, zone: peer.scope, number, to: &sink)
            fault.writeFields(to: &sink)
        }
        sink.write("}\n")
    }

    private func begin(
        _ host: String, _ address: IPAddress, zone: UInt32, _ number: Int, to sink: inout some TextSink & ~Copyable
    ) {
        sink.write(",\"host\":")
        sink.jsonString(host)
        sink.write(",\"address\":")
        sink.jsonAddress(address, zone: zone)
        sink.write(",\"sequence_number\":")
        sink.decimal(UInt16(truncatingIfNeeded: number))
    }

    /// `{"record":"summary",…}`.
    public func writeSummaryRecord(host: String, to sink: inout some TextSink & ~Copyable) {
        sink.write("{\"record\":\"summary\",\"host\":")
        sink.jsonString(host)
        sink.write(",\"address\":")
        sink.jsonAddress(peer.address, zone: peer.scope)
        sink.write(",\"transmitted\":")
        sink.decimal(transmitted)
        sink.write(",\"received\":")
        sink.decimal(received)
        sink.write(",\"duplicates\":")
        sink.decimal(duplicates)
        sink.write(",\"errors\":")
        sink.decimal(errors)
        sink.write(",\"corrupt\":")
        sink.decimal(corrupt)
        sink.write(",\"late\":")
        sink.decimal(late)
        sink.write(",\"reordered\":")
        sink.decimal(reordered)
        sink.write(",\"foreign\":")
        sink.decimal(foreign)
        sink.write(",\"loss_percent\":")
        sink.percentage(max(0, transmitted - received), of: transmitted)
        if times.count > 0 {
            for (name, time) in [
                (",\"min_ms\":", times.minimum), (",\"avg_ms\":", Int64(times.average.rounded())),
                (",\"max_ms\":", times.maximum), (",\"mdev_ms\":", Int64(times.deviation.rounded())),
                (",\"median_ms\":", times.median), (",\"p99_ms\":", times.percentile99),
            ] as [(StaticString, Int64)] {
                sink.write(name)
                sink.milliseconds(time, digits: 6)
            }
        }
        sink.write("}\n")
    }
}

extension ProbeFault {
    /// Who, what and why, as members of an object.
    func writeFields(to sink: inout some TextSink & ~Copyable) {
        if let reporter {
            sink.write(",\"from\":")
            sink.jsonAddress(reporter, zone: reporterZone)
            sink.write(",\"type\":")
            sink.decimal(type)
            sink.write(",\"code\":")
            sink.decimal(code)
        }
        if let meaning {
            sink.write(",\"icmp\":\"")
            sink.write(meaning)
            sink.write("\"")
        }
        if kind == .local {
            sink.write(",\"local_error\":")
            sink.jsonString(SystemReason.text(errorNumber))
        }
        if let mtu {
            sink.write(",\"mtu\":")
            sink.decimal(mtu)
        }
    }
}
