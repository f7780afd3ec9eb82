/// One end of a conversation: an address and a port.
@frozen public struct Endpoint: BitwiseCopyable, Hashable, Comparable, Sendable {
    public let address: IPAddress
    public let port: UInt16

    @inlinable
    public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    @inlinable
    public static func < (a: Endpoint, b: Endpoint) -> Bool {
        a.address == b.address ? a.port < b.port : a.address < b.address
    }
}
