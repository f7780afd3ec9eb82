/// A round-trip time, smoothed (RFC 6298 section 2).
struct SmoothedTime: BitwiseCopyable {
    private var raw = Int64.min

    /// Nanoseconds; nil before the first measurement.
    var value: Int64? { raw == .min ? nil : raw }

    mutating func add(_ measured: Int64) { raw = raw == .min ? measured : raw &+ (measured &- raw) / 8 }
}
