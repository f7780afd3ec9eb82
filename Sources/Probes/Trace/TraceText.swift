// The hops of a path as lines, as a table, and as JSON.

public import PacketDecoding
import Sockets

extension TraceSession {
    /// `trace to example.net (192.0.2.1), 30 hops at most, 3 probes each, 60 bytes`
    public func writeHeader(host: String, to sink: inout some TextSink & ~Copyable) {
        sink.write("trace to ")
        sink.text(host)
        sink.write(" (")
        sink.address(peer.address, zone: peer.scope)
        sink.write("), ")
        sink.decimal(options.lastHop)
        sink.write(" hops at most, ")
        sink.decimal(options.probesPerHop)
        sink.write(options.isUDP ? " UDP probes each, " : " ICMP probes each, ")
        sink.decimal(options.payload.size + 8 + (peer.family == .v6 ? 40 : 20))
        sink.write(" bytes\n")
    }

    /// A line for each hop.
    public func writeHops(to sink: inout some TextSink & ~Copyable) {
        for (number, hop) in path { hop.writeLine(number, to: &sink) }
    }

    /// A table for a person who watches: loss and times of every hop.
    public func writeTable(to sink: inout some TextSink & ~Copyable) {
        sink.write("hop  loss %  sent     last      avg     best    worst    stdev ms  address\n")
        for (number, hop) in path { hop.writeRow(number, to: &sink) }
    }

    /// `{"record":"hop",…}`, one for each hop, and `{"record":"summary",…}`.
    ///
    /// - Parameter search: of the path MTU, where that was asked for.
    public func writeRecords(host: String, _ search: PathMTUSession?, to sink: inout some TextSink & ~Copyable) {
        for (number, hop) in path { hop.writeRecord(number, mtu: search?.limit(of: hop)?.mtu, to: &sink) }
        sink.write("{\"record\":\"summary\",\"host\":")
        sink.jsonString(host)
        sink.write(",\"address\":")
        sink.jsonAddress(peer.address, zone: peer.scope)
        sink.write(hasReached ? ",\"reached\":true" : ",\"reached\":false")
        sink.write(",\"hops\":")
        sink.decimal(path.last?.number ?? 0)
        if let search {
            sink.write(",\"path_mtu\":")
            if let mtu = search.mtu { sink.decimal(mtu) } else { sink.write("null") }
            if let limit = search.limits.last {
                if let reporter = limit.reporter {
                    sink.write(",\"mtu_from\":")
                    sink.jsonAddress(reporter)
                }
                if let number = hopNumber(of: limit) {
                    sink.write(",\"mtu_ttl\":")
                    sink.decimal(number)
                }
                if limit.isSilent { sink.write(",\"mtu_silent\":true") }
                if let hop = limit.lastReached {
                    sink.write(",\"mtu_after\":")
                    sink.jsonAddress(hop.address)
                    sink.write(",\"mtu_after_ttl\":")
                    sink.decimal(hop.number)
                }
            }
        }
        sink.write("}\n")
    }

    /// Which hop a limit's reporter is; nil where it answered for none.
    private func hopNumber(of limit: PathMTUSession.Limit) -> Int? {
        guard let reporter = limit.reporter else { return nil }
        return path.first { $0.hop.addresses.contains(reporter) }?.number
    }

    /// The result of the search for the path MTU.
    public func writeMTU(_ search: PathMTUSession, to sink: inout some TextSink & ~Copyable) {
        guard let mtu = search.mtu else {
            sink.write("path MTU unknown: ")
            if let fault = search.fault {
                fault.writeWords(to: &sink)
                sink.write("\n")
            } else {
                sink.write("no packet of any length was answered\n")
            }
            return
        }
        sink.write("path MTU ")
        sink.decimal(mtu)
        guard let limit = search.limits.last else { return sink.write(", limited by this host's own link\n") }
        if limit.isSilent {
            sink.write(", silent: longer packets ")
            if let hop = limit.lastReached {
                sink.write("reach hop ")
                sink.decimal(hop.number)
                sink.write(", ")
                sink.address(hop.address)
                sink.write(", and vanish behind it\n")
            } else {
                sink.write("vanish before the first hop that answers\n")
            }
            return
        }
        guard let reporter = limit.reporter else { return sink.write(", limited by this host's own link\n") }
        sink.write(", limited by ")
        if let number = hopNumber(of: limit) {
            sink.write("hop ")
            sink.decimal(number)
            sink.write(", ")
        }
        sink.address(reporter)
        sink.write("\n")
    }
}

extension PathMTUSession {
    /// The limit that a hop told.
    func limit(of hop: TraceHop) -> Limit? {
        limits.last { limit in limit.reporter.map(hop.addresses.contains) ?? false }
    }
}

extension ProbeFault {
    /// The error in words.
    func writeWords(to sink: inout some TextSink & ~Copyable) {
        if kind == .local { return sink.text(SystemReason.text(errorNumber)) }
        if let meaning {
            sink.write(meaning)
        } else {
            sink.write("ICMP type ")
            sink.decimal(type)
            sink.write(" code ")
            sink.decimal(code)
        }
        guard let mtu else { return }
        sink.write(", mtu ")
        sink.decimal(mtu)
    }
}

extension TraceHop {
    fileprivate func writeLine(_ number: Int, to sink: inout some TextSink & ~Copyable) {
        if number < 10 { sink.write(" ") }
        sink.decimal(number)
        sink.write("  ")
        // Where several answer, each time stands behind whose it is, as traceroute has it.
        if addresses.count < 2 { writeAddresses(to: &sink) }
        var last: IPAddress?
        for (index, time) in roundTrips.enumerated() {
            if addresses.count > 1, let address = responders[index], address != last {
                if last != nil || index > 0 { sink.write("  ") }
                sink.address(address, zone: zone)
                last = address
            }
            guard let time else {
                sink.write(index == 0 && addresses.count > 1 ? "*" : "  *")
                continue
            }
            sink.write("  ")
            sink.roundTrip(time)
        }
        if received > 0 { sink.write(" ms") }
        if received > 0 && received < transmitted {
            sink.write("  loss ")
            sink.percentage(transmitted - received, of: transmitted)
            sink.write("%")
        }
        writeRemarks(to: &sink)
        sink.write("\n")
    }

    private func writeAddresses(to sink: inout some TextSink & ~Copyable) {
        if addresses.isEmpty { sink.write("no answer") }
        for (index, address) in addresses.enumerated() {
            if index > 0 { sink.write(", ") }
            sink.address(address, zone: zone)
            guard addresses.count > 1 else { continue }
            sink.write(" ")
            sink.roundTrip(lastTimes[index])
            sink.write(" ms")
        }
    }

    private func writeRemarks(to sink: inout some TextSink & ~Copyable) {
        if isDestination { sink.write("  reached") }
        if let fault {
            sink.write("  ")
            fault.writeWords(to: &sink)
        }
        guard labels.count > 0 else { return }
        sink.write("  [MPLS")
        for index in 0..<labels.count {
            sink.write(index == 0 ? " label " : ", label ")
            sink.decimal(labels[index].label)
            sink.write(" TC ")
            sink.decimal(labels[index].trafficClass)
            sink.write(" TTL ")
            sink.decimal(labels[index].timeToLive)
        }
        sink.write("]")
    }

    fileprivate func writeRow(_ number: Int, to sink: inout some TextSink & ~Copyable) {
        column(number, 3, to: &sink)
        sink.write("  ")
        let permille = transmitted > 0 ? ((transmitted - received) * 1000 + transmitted / 2) / transmitted : 0
        column(permille / 10, 4, to: &sink)
        sink.write(".")
        sink.decimal(permille % 10)
        sink.write("  ")
        column(transmitted, 4, to: &sink)
        for time in [last, average, best, worst, deviation] {
            // A hop that never answered has no time.
            guard received > 0 else {
                sink.write("        -")
                continue
            }
            sink.write(" ")
            column(Int(time / 1_000_000), 4, to: &sink)
            sink.write(".")
            sink.padded(UInt64(max(0, time % 1_000_000) / 1000), 3)
        }
        sink.write("     ")
        writeAddresses(to: &sink)
        writeRemarks(to: &sink)
        sink.write("\n")
    }

    private func column(_ value: Int, _ width: Int, to sink: inout some TextSink & ~Copyable) {
        var limit = 10
        for _ in 1..<width {
            if value < limit { sink.write(" ") }
            limit *= 10
        }
        sink.decimal(value)
    }

    fileprivate func writeRecord(_ number: Int, mtu: Int?, to sink: inout some TextSink & ~Copyable) {
        sink.write("{\"record\":\"hop\",\"ttl\":")
        sink.decimal(number)
        sink.write(",\"address\":")
        if let address = addresses.first { sink.jsonAddress(address, zone: zone) } else { sink.write("null") }
        if addresses.count > 1 {
            sink.write(",\"addresses\":[")
            for (index, address) in addresses.enumerated() {
                if index > 0 { sink.write(",") }
                sink.jsonAddress(address, zone: zone)
            }
            sink.write("]")
        }
        sink.write(",\"transmitted\":")
        sink.decimal(transmitted)
        sink.write(",\"received\":")
        sink.decimal(received)
        sink.write(",\"loss_percent\":")
        sink.percentage(transmitted - received, of: transmitted)
        sink.write(",\"rtt_ms\":[")
        var isFirst = true
        for case let time? in roundTrips {
            if !isFirst { sink.write(",") }
            isFirst = false
            sink.milliseconds(time, digits: 6)
        }
        if addresses.count > 1 {
            sink.write("],\"rtt_from\":[")
            var isFirst = true
            for case let address? in responders {
                if !isFirst { sink.write(",") }
                isFirst = false
                sink.jsonAddress(address, zone: zone)
            }
        }
        sink.write("],\"icmp\":")
        if let meaning = fault?.meaning {
            sink.write("\"")
            sink.write(meaning)
            sink.write("\"")
        } else {
            sink.write(isDestination ? "\"reached\"" : received > 0 ? "\"time exceeded\"" : "null")
        }
        sink.write(",\"mtu\":")
        if let mtu = mtu ?? fault?.mtu { sink.decimal(mtu) } else { sink.write("null") }
        if labels.count > 0 {
            sink.write(",\"mpls\":[")
            for index in 0..<labels.count {
                sink.write(index > 0 ? ",{\"label\":" : "{\"label\":")
                sink.decimal(labels[index].label)
                sink.write(",\"traffic_class\":")
                sink.decimal(labels[index].trafficClass)
                sink.write(",\"ttl\":")
                sink.decimal(labels[index].timeToLive)
                sink.write("}")
            }
            sink.write("]")
        }
        sink.write("}\n")
    }
}
