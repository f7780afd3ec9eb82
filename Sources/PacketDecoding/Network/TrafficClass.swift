// What the octet after an IPv4 header's length and in an IPv6 header's first word asks of routers: RFC 2474, RFC 3168.
// Code points: IANA, Differentiated Services Field Codepoints.

/// The names of differentiated services code points and of congestion marks.
@usableFromInline
enum TrafficClass {
    /// - Parameter codePoint: 0 to 63.
    @inlinable
    static func name(ofCodePoint codePoint: UInt8) -> StaticString? {
        switch codePoint {
        case 0: "CS0, default"
        case 1: "LE, lower effort"
        case 8: "CS1"
        case 10: "AF11"
        case 12: "AF12"
        case 14: "AF13"
        case 16: "CS2"
        case 18: "AF21"
        case 20: "AF22"
        case 22: "AF23"
        case 24: "CS3"
        case 26: "AF31"
        case 28: "AF32"
        case 30: "AF33"
        case 32: "CS4"
        case 34: "AF41"
        case 36: "AF42"
        case 38: "AF43"
        case 40: "CS5"
        case 44: "voice admit"
        case 46: "EF, expedited forwarding"
        case 48: "CS6"
        case 56: "CS7"
        default: nil
        }
    }

    /// - Parameter mark: 0 to 3.
    @inlinable
    static func name(ofCongestionMark mark: UInt8) -> StaticString? {
        switch mark {
        case 0: "not ECN-capable"
        case 1: "ECT(1), ECN-capable"
        case 2: "ECT(0), ECN-capable"
        case 3: "CE, congestion experienced"
        default: nil
        }
    }
}

extension FieldSink where Self: ~Copyable {
    /// The two parts of the octet.
    @inlinable
    mutating func trafficClass(_ octet: UInt8) {
        number("dscp", octet >> 2, meaning: TrafficClass.name(ofCodePoint: octet >> 2))
        number("ecn", octet & 0x03, meaning: TrafficClass.name(ofCongestionMark: octet & 0x03))
    }
}
