import PacketDecoding

// What a segment does to its side's stream.

extension StreamReassembler {
    /// The other side of `end` has got everything before the number that a segment acknowledges.
    mutating func acknowledge<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ step: ConversationStep, _ consumer: inout Consumer
    ) {
        let number = step.relativeAcknowledgmentNumber
        // What its receiver drops may be any number, and tells no more than that some bytes came.
        let isAccepted = !step.notes.contains(.unacceptable)
        if isAccepted && number > ends[end].acknowledged {
            if ends[end].acknowledged == .min && !ends[end].hasBegun {
                ends[end].origin = max(1, number)
                ends[end].next = ends[end].origin
            }
            ends[end].acknowledged = number
            if number > ends[end].fin { passFIN(end, number, &consumer) }
        }
        if ends[end].held >= 0 { release(end, before: number, &consumer) }
        // Nothing of that side is captured at all: what was said in between has its place before the answer to it.
        if isAccepted && step.payloadLength > 0 && !ends[end].isSeen && number > ends[end].next && !ends[end].hasEnded {
            giveUp(end, to: number, .notCaptured, &consumer)
            ends[end].hasBegun = true
        }
    }

    /// A FIN ends a stream once it is acknowledged. Where more is than that the receiver did not take it, and the stream
    /// goes on.
    private mutating func passFIN<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ acknowledged: Int, _ consumer: inout Consumer
    ) {
        let fin = ends[end].fin
        guard !ends[end].hasEnded else { return }
        guard acknowledged > fin &+ 1 else { return closeFinished(end, &consumer) }
        ends[end].fin = .max
        // What begins behind the FIN leaves its number to it: there is no byte of that number.
        if ends[end].next == fin && ends[end].held >= 0 && held[Int(ends[end].held)].first == fin &+ 1 {
            ends[end].origin &+= 1
            ends[end].next &+= 1
        }
    }

    /// Ends a stream of which all up to its FIN is there, and the FIN acknowledged.
    mutating func closeFinished<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ consumer: inout Consumer
    ) {
        if ends[end].next == ends[end].fin && ends[end].acknowledged > ends[end].fin {
            close(end, .finished, &consumer)
        }
    }

    /// Hands on what was held before `number`, which the receiver has got: the holes in it were not captured.
    private mutating func release<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, before number: Int, _ consumer: inout Consumer
    ) {
        while ends[end].held >= 0 {
            let first = held[Int(ends[end].held)].first
            let next = ends[end].next
            guard first < number && first < ends[end].fin else { break }
            if first > next {
                giveUp(end, to: first, .notCaptured, &consumer)
            } else {
                drain(end, &consumer)
                guard ends[end].next > next else { break }
            }
        }
        closeFinished(end, &consumer)
    }

    /// Takes what a segment brings.
    mutating func take<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ step: ConversationStep, _ payload: RawSpan, _ consumer: inout Consumer
    ) {
        let start = step.relativeSequenceNumber &+ (step.flags.contains(.syn) ? 1 : 0)
        let stop = start &+ step.payloadLength
        if !ends[end].hasBegun { beginMidstream(end, at: start) }
        if step.flags.contains(.fin) && ends[end].fin == .max && stop >= reached(end) { ends[end].fin = stop }
        if step.notes.contains(.early) && start >= ends[end].next && !ends[end].hasEnded {
            ends[end].isEarly = true
            if start >= stop || hold(end, start, stop, payload, &consumer) != nil { return }
        }
        if ends[end].hasEnded {
            if stop > start { takeAfterEnd(end, step, from: start, to: stop, payload, &consumer) }
        } else if start < min(stop, ends[end].next) {
            compare(end, from: start, to: stop, payload, &consumer)
            let fresh = put(end, from: start, to: stop, payload, &consumer)
            leaveOut(end, step.newPayloadLength &- fresh, from: start, to: stop, &consumer)
        } else if start < stop {
            _ = put(end, from: start, to: stop, payload, &consumer)
        }
        if ends[end].next == ends[end].fin && !ends[end].hasEnded { closeFinished(end, &consumer) }
    }

    /// Where its SYN is missing, a stream begins with the byte that its receiver waited for when it first said so, else
    /// with the first byte seen.
    private mutating func beginMidstream(_ end: Int, at start: Int) {
        let isBehind = ends[end].acknowledged != .min && start > ends[end].origin && !isOutOfReach(end, start)
        if !isBehind { ends[end].origin = start }
        ends[end].next = ends[end].origin
        ends[end].hasBegun = true
        ends[end].isMidstream = true
    }

    /// Nothing comes any more of a stream that has ended: what does is told.
    private mutating func takeAfterEnd<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ step: ConversationStep, from start: Int, to stop: Int, _ bytes: RawSpan,
        _ consumer: inout Consumer
    ) {
        if start < ends[end].next { compare(end, from: start, to: stop, bytes, &consumer) }
        let behind = min(step.newPayloadLength, max(0, stop &- max(start, ends[end].fin)))
        if behind > 0 { consumer.discarded(behind, .afterFIN, at: place(end, max(start, ends[end].fin))) }
        leaveOut(end, step.newPayloadLength &- behind, from: start, to: stop, &consumer)
    }

    /// Tells of `length` bytes of a segment that came for the first time, when their place was given away.
    private mutating func leaveOut<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ length: Int, from start: Int, to stop: Int, _ consumer: inout Consumer
    ) {
        guard length > 0 else { return }
        let origin = ends[end].origin
        let before = min(length, max(0, min(stop, origin) &- start))
        if before > 0 { consumer.discarded(before, .beforeFirst, at: place(end, start)) }
        if length > before { consumer.discarded(length &- before, .late, at: place(end, max(start, origin))) }
    }

    /// The highest number that has come: a FIN before that ends nothing.
    private func reached(_ end: Int) -> Int {
        ends[end].held < 0 ? ends[end].next : max(ends[end].next, held[Int(ends[end].held)].highest)
    }

    /// Hands the segment from `start` up to `stop` on, or keeps it.
    ///
    /// - Returns: how many of its bytes had not come before.
    private mutating func put<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, from start: Int, to stop: Int, _ bytes: RawSpan, _ consumer: inout Consumer
    ) -> Int {
        var position = start
        var fresh = 0
        while true {
            let next = ends[end].next
            position = max(position, next)
            guard position < stop else { return fresh }
            let first = ends[end].held < 0 ? Int.max : held[Int(ends[end].held)].first
            if position > next || first == next || next == ends[end].fin {
                let rest = bytes.clipped(from: position &- start, to: stop &- start)
                if let count = hold(end, position, stop, rest, &consumer) {
                    drain(end, &consumer)
                    return fresh &+ count
                }
                if min(first, position) >= ends[end].fin {
                    consumer.discarded(stop &- position, .afterFIN, at: place(end, position))
                    return fresh &+ (stop &- position)
                }
                if isOutOfReach(end, stop) && ends[end].acknowledged != .min {
                    consumer.discarded(stop &- position, .outOfWindow, at: place(end, position))
                    return fresh &+ (stop &- position)
                }
                // Where nobody was heard who could have acknowledged what lies between, it was lost.
                let reason: StreamGapReason = isOutOfReach(end, stop) ? .oneWay : .memory
                giveUp(end, to: max(next, min(first, position)), reason, waits: false, &consumer)
                continue
            }
            let piece = min(stop, first, ends[end].fin)
            let captured = min(piece, start &+ bytes.byteCount)
            if position < captured {
                handOn(end, bytes.clipped(from: position &- start, to: captured &- start), &consumer)
                fresh &+= captured &- position
                ends[end].next = captured
            }
            if captured < piece { return fresh &+ cut(end, from: max(position, captured), to: stop, &consumer) }
            if first == piece { drain(end, beside: bytes, from: start, &consumer) }
        }
    }

    /// The bytes from `position` on, of which the first is the next, were cut off: they wait for a whole copy of their
    /// segment until they are acknowledged.
    ///
    /// - Returns: how many of them had not come before.
    private mutating func cut<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, from position: Int, to stop: Int, _ consumer: inout Consumer
    ) -> Int {
        if let count = hold(end, position, stop, RawSpan(), &consumer) {
            drain(end, &consumer)
            return count
        }
        let piece = min(stop, ends[end].held < 0 ? .max : held[Int(ends[end].held)].first, ends[end].fin)
        addGap(end, piece &- position, .snapped, &consumer)
        drain(end, &consumer)
        return piece &- position
    }

    /// Hands on the next bytes of a stream.
    private mutating func handOn<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ bytes: RawSpan, _ consumer: inout Consumer
    ) {
        if ends[end].held >= 0 { tellGap(end, &consumer) }
        // What the other side lacks has its place before what this one says to it.
        if ends[end ^ 1].held >= 0 { tellGap(end ^ 1, &consumer) }
        consumer.data(bytes, at: place(end))
        let ring = ring(of: end)
        if let ring { handedOn.add(bytes, from: ends[end].next, to: ring) }
    }

    /// Says that what lies before `number` is missing, and hands on what was held behind it.
    mutating func giveUp<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, to number: Int, _ reason: StreamGapReason, waits: Bool = true, _ consumer: inout Consumer
    ) {
        let next = ends[end].next
        if number > next { addGap(end, number &- next, reason, &consumer) }
        drain(end, waits: waits, &consumer)
    }

    /// Hands on what was held and is in order now.
    ///
    /// - Parameters:
    ///   - bytes: of a segment that begins at `start` and may hold the same bytes again.
    ///   - waits: whether what was cut off waits for a whole copy.
    mutating func drain<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, beside bytes: RawSpan = RawSpan(), from start: Int = 0, waits: Bool = true,
        _ consumer: inout Consumer
    ) {
        while ends[end].held >= 0 {
            let slot = Int(ends[end].held)
            let next = ends[end].next
            guard next < ends[end].fin, let page = held[slot].front(next, &pages) else { break }
            let from = next & (StreamPages.size &- 1)
            var (kind, to) = pages.run(page, at: from)
            if ends[end].fin < next &+ (to &- from) { to = from &+ (ends[end].fin &- next) }
            switch kind {
            case .missing:
                // It was there, but could not be read again.
                if held[slot].first <= next { held[slot].findFirst(&pages) }
                return releaseIfEmpty(end)
            case .snapped:
                let acknowledged = ends[end].acknowledged
                if waits && held[slot].byteCount <= Self.patience {
                    guard acknowledged > next else { return }
                    if acknowledged < next &+ (to &- from) { to = from &+ (acknowledged &- next) }
                }
                addGap(end, to &- from, .snapped, &consumer)
            case .captured:
                let origin = start &- (next &- from)
                if let conflict = pages.difference(page, from..<to, bytes, from: origin) {
                    consumer.conflict(
                        bytes.clipped(from: conflict.lowerBound &- origin, to: conflict.upperBound &- origin),
                        at: place(end, next &- from &+ conflict.lowerBound))
                }
                handOn(end, page, from..<to, &consumer)
                ends[end].next = next &+ (to &- from)
            }
            held[slot].take(to &- from, to: ends[end].next, &pages)
        }
        releaseIfEmpty(end)
    }

    /// Likewise bytes of a page.
    private mutating func handOn<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ page: Int32, _ range: Range<Int>, _ consumer: inout Consumer
    ) {
        tellGap(end, &consumer)
        if ends[end ^ 1].held >= 0 { tellGap(end ^ 1, &consumer) }
        consumer.data(pages.bytes(page, range), at: place(end))
        let ring = ring(of: end)
        if let ring { handedOn.add(page, range, of: pages, from: ends[end].next, to: ring) }
    }

    /// Ends a stream: nothing comes any more.
    mutating func close<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ ending: StreamEnding, _ consumer: inout Consumer
    ) {
        guard !ends[end].hasEnded else { return }
        let isOneWay = ends[end].acknowledged == .min && !ends[end ^ 1].isSeen
        surrender(end, isOneWay ? .oneWay : .unacknowledged, &consumer)
        let acknowledged = ends[end].acknowledged
        let next = ends[end].next
        let fin = ends[end].fin
        if fin != .max {
            if fin > next {
                let reason: StreamGapReason =
                    acknowledged >= fin ? .notCaptured : isOneWay ? .oneWay : .unacknowledged
                addGap(end, fin &- next, reason, &consumer)
            }
        } else if acknowledged > next &+ 1 {
            // One number more may be that of a FIN.
            addGap(end, acknowledged &- next, .notCaptured, &consumer)
        }
        if ends[end].held >= 0 { tellGap(end, &consumer) }
        ends[end].hasEnded = true
        guard ends[end].hasBegun || ends[end].next > next else { return }
        let told: StreamEnding = next == fin ? .finished : ending == .open && ends[end].isReset ? .reset : ending
        consumer.end(told, at: place(end))
    }

    /// Hands on all that a side holds; what lies between is missing.
    mutating func surrender<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ reason: StreamGapReason, _ consumer: inout Consumer
    ) {
        while ends[end].held >= 0 {
            let slot = Int(ends[end].held)
            let first = held[slot].first
            guard !held[slot].isEmpty && first < ends[end].fin else { break }
            // Where a stream begins that nobody acknowledged is where the capture has it.
            if reason != .memory && ends[end].isMidstream && !ends[end].isShown {
                ends[end].origin = first
                ends[end].next = first
            }
            giveUp(end, to: first, reason, waits: false, &consumer)
        }
        guard ends[end].held >= 0 else { return }
        let slot = Int(ends[end].held)
        if !held[slot].isEmpty {
            let first = held[slot].first
            let count = held[slot].byteCount
            tellGap(end, &consumer)
            consumer.discarded(count, .afterFIN, at: place(end, first))
            held[slot].removeAll(&pages)
            releaseIfEmpty(end)
        } else {
            tellGap(end, &consumer)
        }
    }
}
