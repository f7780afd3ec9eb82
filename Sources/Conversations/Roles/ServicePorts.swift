import PacketDecoding

// Which of two ports is the server's (RFC 6335 section 6; IANA, Service Name and Transport Protocol Port Number
// Registry).

/// How likely a port is to be the server's, the least likely first.
private enum PortStanding: UInt8, Comparable {
    /// A service uses it to begin what its server answers: DHCP's clients, FTP's data connections (RFC 959 section 5.2).
    case clients
    /// Systems give it to whoever does not ask for one.
    case ephemeral
    case registered
    /// Below 1024, but also what NFS and rsh bind their clients to.
    case reserved
    /// A service above 1023 is known by it.
    case service
    /// A service below 1024 is.
    case system

    static func < (left: PortStanding, right: PortStanding) -> Bool { left.rawValue < right.rawValue }

    @inline(__always)
    init(_ port: UInt16, _ transport: Transport, _ ports: PortMap) {
        if port == 68 || port == 546 || port == 20 && transport == .tcp {
            self = .clients
        } else if port < 1024 {
            self = port < 512 || Self.reservedServices.contains(port) || ports.leads(port) ? .system : .reserved
        } else if ports.leads(port) || Self.services.contains(port) {
            self = .service
        } else {
            self = port >= 32768 ? .ephemeral : .registered
        }
    }

    private static let reservedServices = PortSet([
        512, 513, 514, 515, 520, 521, 523, 543, 544, 547, 548, 554, 563, 587, 593, 631, 636, 646, 749, 853, 860, 873,
        902, 989, 990, 992, 993, 994, 995,
    ])

    private static let services = PortSet([
        1080, 1194, 1433, 1521, 1701, 1723, 1812, 1813, 1883, 1935, 2049, 2123, 2152, 2181, 2375, 2376, 2379, 2380,
        2404, 2883, 3128, 3205, 3260, 3268, 3269, 3306, 3389, 3478, 3690, 3868, 4222, 4369, 4500, 5060, 5061, 5222,
        5269, 5349, 5355, 5432, 5671, 5672, 5683, 5900, 5938, 5984, 6379, 6443, 6514, 6667, 6697, 7687, 8000, 8008,
        8009, 8080, 8086, 8123, 8443, 8883, 8888, 9042, 9092, 9100, 9200, 9300, 9418, 10250, 11211, 15672, 19132,
        20000, 25565, 26257, 27017, 28015, 44818, 47808, 50051, 51820, 61613, 61616,
    ])
}

/// Who sends from one of two ports to the other, by the ports alone; nil where they are alike.
@inline(__always)
func judgePorts(from source: UInt16, to destination: UInt16, _ transport: Transport, _ ports: PortMap) -> RoleFinding? {
    let (sender, receiver) = (PortStanding(source, transport, ports), PortStanding(destination, transport, ports))
    // Of two ports that lead somewhere the map knows which counts.
    if source != destination, sender >= .service, receiver >= .service, ports.leads(source), ports.leads(destination),
        let known = ports.application(sourcePort: source, destinationPort: destination)
    {
        return RoleFinding(sender: known.fromServer ? .server : .client, evidence: .servicePort)
    }
    guard sender != receiver else { return nil }
    let isTelling = max(sender, receiver) >= .reserved || min(sender, receiver) == .clients
    return RoleFinding(
        sender: sender > receiver ? .server : .client, evidence: isTelling ? .servicePort : .ephemeralPort)
}
