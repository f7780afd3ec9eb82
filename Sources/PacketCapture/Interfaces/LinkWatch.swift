/// What is known of the interfaces of a capture, and what their changes mean to it.
struct LinkWatch {
    private struct State {
        var name: String
        var isUp: Bool
        var mtu: Int
        /// Whether it has been said that a frame was larger.
        var isExceeded = false
        /// When it went down, in nanoseconds.
        var downSince: Int?
    }

    /// What ends the capture.
    enum End: Hashable {
        case gone
        case linkTypeChanged(from: UInt16, to: UInt16)
    }

    /// The interface captured on; 0 is every interface.
    private let index: Int32
    private let hardwareType: UInt16
    private var states: [Int32: State] = [:]
    private(set) var events: [CaptureEvent] = []
    private(set) var end: End?

    init(_ link: CaptureLink, interfaces: [NetworkInterface]) {
        index = link.index
        hardwareType = link.hardwareType
        for interface in interfaces {
            let index = Int32(bitPattern: interface.index)
            guard link.index == 0 || link.index == index else { continue }
            states[index] = State(name: interface.name, isUp: interface.isUp, mtu: interface.mtu)
        }
    }

    /// The smallest MTU that no frame has exceeded yet; nil where there is none.
    var smallestMTU: Int? { states.values.lazy.filter { !$0.isExceeded && $0.mtu > 0 }.map(\.mtu).min() }

    /// A frame has come whose packet, without its link header, may be larger than its interface allows.
    ///
    /// - Parameters:
    ///   - length: of the frame, in bytes.
    ///   - header: bytes of it that are not counted.
    /// - Returns: whether it was, and that is news.
    mutating func note(length: Int, header: Int, on index: Int32) -> Bool {
        guard let state = states[index], !state.isExceeded, state.mtu > 0, length > state.mtu + header else {
            return false
        }
        states[index]?.isExceeded = true
        events.append(.overMTU(interface: state.name, length: length, mtu: state.mtu))
        return true
    }

    /// What happened since the last call.
    mutating func takeEvents() -> [CaptureEvent] {
        defer { events.removeAll() }
        return events
    }

    mutating func append(_ event: CaptureEvent) { events.append(event) }

    /// - Parameter now: nanoseconds of a clock that only runs forwards.
    mutating func apply(_ change: LinkChange, now: Int) {
        guard index == 0 || index == change.index else { return }
        guard !change.isGone else {
            let state = states.removeValue(forKey: change.index)
            if index != 0 { end = .gone } else if let state { events.append(.disappeared(interface: state.name)) }
            return
        }
        guard var state = states[change.index] else {
            let name = change.name ?? "interface \(change.index)"
            states[change.index] = State(name: name, isUp: change.isUp, mtu: change.mtu ?? 0)
            events.append(.appeared(interface: name, index: UInt32(bitPattern: change.index)))
            return
        }
        if index != 0, change.hardwareType != hardwareType {
            end = .linkTypeChanged(from: hardwareType, to: change.hardwareType)
        }
        if let name = change.name, name != state.name {
            events.append(
                .renamed(interface: state.name, to: name, index: UInt32(bitPattern: change.index)))
            state.name = name
        }
        if let mtu = change.mtu, mtu != state.mtu {
            events.append(.mtuChanged(interface: state.name, from: state.mtu, to: mtu))
            state.mtu = mtu
        }
        if state.isUp, !change.isUp {
            events.append(.down(interface: state.name))
            state.downSince = now
        } else if !state.isUp, change.isUp, let since = state.downSince {
            events.append(.up(interface: state.name, gap: now - since))
        }
        state.isUp = change.isUp
        states[change.index] = state
    }
}
