import ArgumentParser
import Host

/// What the program may still do while it decodes.
struct RightsOptions: ParsableArguments {
    @Option(
        name: .customShort("Z", allowingJoined: true),
        help: ArgumentHelp("The user to become once everything is open; only root can.", valueName: "USER"))
    var user: String?

    /// - Parameter verbosity: as `-v` is given.
    func lockdown(verbosity: Int = 0) -> Lockdown { Lockdown(user: user, reportsGaps: verbosity > 0) }
}

/// How a command gives up its rights, once everything it needs is open and before it looks at a packet.
struct Lockdown {
    /// Whom to become; nil leaves that to ``Sandbox``.
    var user: String?
    /// Whether stderr says what this system does not grant.
    var reportsGaps = false

    /// - Parameters:
    ///   - packetSockets: descriptors that nothing can be sent through from then on.
    ///   - sendingSockets: descriptors that probes are sent through.
    ///   - converses: whether it talks over the sockets that it has.
    func enter(
        packetSockets: [Int32] = [], sendingSockets: [Int32] = [], converses: Bool = false
    ) throws(Failure) {
        var sandbox = Sandbox()
        sandbox.packetSockets = packetSockets
        sandbox.sendingSockets = sendingSockets
        sandbox.converses = converses
        #if DEBUG
            let intruder = Intruder()
            defer { intruder?.act(packetSockets: packetSockets) }
        #endif
        do throws(HostError) {
            if let user { sandbox.identity = .user(try UserIdentity(named: user)) }
            let gaps = try sandbox.enter()
            guard reportsGaps else { return }
            for gap in gaps { StandardError.write(line: "earshot: going on without \(gap)") }
        } catch {
            throw Failure(error)
        }
    }
}
