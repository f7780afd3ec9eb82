import PacketDecoding
import Testing

@Suite struct TimestampTests {
    @Test(
        "Seconds round down and nanoseconds are never negative",
        arguments: [
            (0, 0, 0), (1_500_000_000, 1, 500_000_000), (-1, -1, 999_999_999), (-1_000_000_000, -1, 0),
            (-1_000_000_001, -2, 999_999_999), (.max, 9_223_372_036, 854_775_807), (.min, -9_223_372_037, 145_224_192),
        ] as [(Int64, Int64, Int64)])
    func parts(rawValue: Int64, seconds: Int64, nanoseconds: Int64) {
        let timestamp = Timestamp(rawValue: rawValue)
        #expect(timestamp.seconds == seconds)
        #expect(timestamp.nanoseconds == nanoseconds)
    }

    @Test(
        "Parts that do not fit saturate",
        arguments: [
            (1, 5, 1_000_000_005), (-1, 5, -999_999_995), (0, 5_000_000_000, 5_000_000_000), (.max, 0, .max),
            (.max, .max, .max), (.min, 0, .min), (.min, .min, .min), (9_223_372_036, 900_000_000, .max),
        ] as [(Int64, Int64, Int64)])
    func saturation(seconds: Int64, nanoseconds: Int64, rawValue: Int64) {
        #expect(Timestamp(seconds: seconds, nanoseconds: nanoseconds).rawValue == rawValue)
    }

    @Test(
        "Differences saturate",
        arguments: [
            (10, 3, 7), (3, 10, -7), (.max, -1, .max), (.min, 1, .min), (.max, .max, 0),
        ] as [(Int64, Int64, Int64)])
    func difference(a: Int64, b: Int64, nanoseconds: Int64) {
        #expect(Timestamp(rawValue: a).nanoseconds(since: Timestamp(rawValue: b)) == nanoseconds)
    }

    @Test func `Earlier is less`() { #expect(Timestamp(rawValue: -1) < Timestamp(rawValue: 0)) }
}
