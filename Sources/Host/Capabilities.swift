import Glibc

/// What the system lets this process do.
public enum Capabilities {
    /// Why this process cannot open a packet socket (packet(7)); nil when it can. Tries it.
    public static var packetSocketError: HostError? {
        let descriptor = socket(AF_PACKET, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor < 0 else {
            close(descriptor)
            return nil
        }
        let remedy = errno == EPERM ? "run as root or grant cap_net_raw" : nil
        return HostError("opening a packet socket", errno: errno, remedy: remedy)
    }
}
