// What a sweep prints: lines, a summary, JSON.

public import PacketDecoding
import Sockets

extension SweepSession {
    /// `192.0.2.1 is alive, 0.034 ms`, `192.0.2.2 does not answer: host unreachable from 192.0.2.254`.
    public func write(_ result: SweepResult, to sink: inout some TextSink & ~Copyable) {
        sink.address(targets[result.index].address, zone: targets[result.index].scope)
        if let roundTrip = result.roundTrip {
            sink.write(" is alive, ")
            sink.roundTrip(roundTrip)
            return sink.write(" ms\n")
        }
        sink.write(" does not answer")
        if let fault = result.fault {
            sink.write(": ")
            fault.writeWords(to: &sink)
            if let reporter = fault.reporter {
                sink.write(" from ")
                sink.address(reporter, zone: fault.reporterZone)
            }
        }
        sink.write("\n")
    }

    /// The address alone.
    public func writeAddress(_ result: SweepResult, to sink: inout some TextSink & ~Copyable) {
        sink.address(targets[result.index].address, zone: targets[result.index].scope)
        sink.write("\n")
    }

    /// `{"record":"host",…}`.
    public func writeRecord(_ result: SweepResult, to sink: inout some TextSink & ~Copyable) {
        sink.write("{\"record\":\"host\",\"address\":")
        sink.jsonAddress(targets[result.index].address, zone: targets[result.index].scope)
        sink.write(result.isAlive ? ",\"alive\":true,\"rtt_ms\":" : ",\"alive\":false,\"rtt_ms\":")
        if let roundTrip = result.roundTrip { sink.milliseconds(roundTrip, digits: 6) } else { sink.write("null") }
        result.fault?.writeFields(to: &sink)
        sink.write("}\n")
    }

    /// `3 of 254 hosts answered, 505 requests in 1.253 s, rtt min/median/max = …`, without a line end.
    public func writeSummary(duration: Int64, to sink: inout some TextSink & ~Copyable) {
        sink.decimal(alive)
        sink.write(" of ")
        sink.decimal(targets.count)
        sink.write(" hosts answered, ")
        sink.decimal(transmitted)
        sink.write(" requests in ")
        sink.decimal(duration / 1_000_000_000)
        sink.write(".")
        sink.padded(UInt64(max(0, duration % 1_000_000_000) / 1_000_000), 3)
        sink.write(" s")
        guard times.count > 0 else { return }
        sink.write(", rtt min/median/max = ")
        sink.milliseconds(times.minimum)
        sink.write("/")
        sink.milliseconds(times.median)
        sink.write("/")
        sink.milliseconds(times.maximum)
        sink.write(" ms")
    }

    /// How far it has got, without a line end.
    public func writeProgress(to sink: inout some TextSink & ~Copyable) {
        sink.decimal(settled)
        sink.write(" of ")
        sink.decimal(targets.count)
        sink.write(" hosts, ")
        sink.decimal(alive)
        sink.write(" alive")
    }

    /// `{"record":"summary",…}`.
    public func writeSummaryRecord(duration: Int64, to sink: inout some TextSink & ~Copyable) {
        sink.write("{\"record\":\"summary\",\"targets\":")
        sink.decimal(targets.count)
        sink.write(",\"alive\":")
        sink.decimal(alive)
        sink.write(",\"unanswered\":")
        sink.decimal(dead)
        sink.write(",\"transmitted\":")
        sink.decimal(transmitted)
        sink.write(",\"duplicates\":")
        sink.decimal(duplicates)
        sink.write(",\"foreign\":")
        sink.decimal(foreign)
        sink.write(",\"duration_ms\":")
        sink.milliseconds(duration)
        if times.count > 0 {
            sink.write(",\"min_ms\":")
            sink.milliseconds(times.minimum, digits: 6)
            sink.write(",\"median_ms\":")
            sink.milliseconds(times.median, digits: 6)
            sink.write(",\"max_ms\":")
            sink.milliseconds(times.maximum, digits: 6)
        }
        sink.write("}\n")
    }
}
