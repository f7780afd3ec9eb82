import PacketDecoding
import Testing

@testable import Rendering

@Suite struct TimeFormatTests {
    /// 2023-11-14 22:13:20.123456789 UTC.
    static let instant = Timestamp(seconds: 1_700_000_000, nanoseconds: 123_456_789)

    @Test(arguments: [
        (TimeStyle.none, TimePrecision.microseconds, 0, ""),
        (.clock, .microseconds, 0, "22:13:20.123456 "),
        (.clock, .nanoseconds, 0, "22:13:20.123456789 "),
        (.clock, .microseconds, 7200, "00:13:20.123456 "),
        (.clock, .microseconds, -43_200, "10:13:20.123456 "),
        (.epoch, .microseconds, 7200, "1700000000.123456 "),
        (.epoch, .nanoseconds, 0, "1700000000.123456789 "),
        (.dateAndClock, .microseconds, 0, "2023-11-14 22:13:20.123456 "),
        (.dateAndClock, .microseconds, 7200, "2023-11-15 00:13:20.123456 "),
    ])
    func anInstant(_ style: TimeStyle, _ precision: TimePrecision, _ offset: Int, _ expected: String) {
        var format = TimeFormat(style, precision: precision)
        #expect(text { format.write(Self.instant, utcOffset: offset, to: &$0) } == expected)
    }

    /// The text of a second is kept: not beyond it, and not the one before the first.
    @Test func oneTimeAfterAnother() {
        var format = TimeFormat(.clock)
        let instants: [(Int64, Int64)] = [
            (0, 0), (0, 999_999_999), (1, 0), (0, 999_999_999), (-1, 0), (Int64.min, 0), (Int64.max, 0),
            (-1, 999_999_999),
        ]
        let stamps = instants.map { seconds, nanoseconds in
            text { format.write(Timestamp(seconds: seconds, nanoseconds: nanoseconds), utcOffset: 0, to: &$0) }
        }
        #expect(
            stamps == [
                "00:00:00.000000 ", "00:00:00.999999 ", "00:00:01.000000 ", "00:00:00.999999 ", "23:59:59.000000 ",
                "00:12:43.145224 ", "23:47:16.854775 ", "23:59:59.999999 ",
            ])
    }

    /// As tcpdump prints them, days left out.
    @Test(arguments: [
        (
            TimeStyle.sincePrevious,
            [" 00:00:00.000000 ", "-00:00:00.500001 ", "-00:00:00.599999 ", " 07:33:20.600001 "]
        ),
        (.sinceFirst, [" 00:00:00.000000 ", "-00:00:00.500001 ", "-00:00:01.100000 ", " 07:33:19.500001 "]),
    ])
    func deltasMayGoBack(_ style: TimeStyle, _ expected: [String]) {
        var format = TimeFormat(style)
        let instants: [(Int64, Int64)] = [(100_000, 500_000), (99_999, 999_999), (99_999, 400_000), (300_000, 1)]
        let stamps = instants.map { seconds, microseconds in
            text {
                format.write(Timestamp(seconds: seconds, nanoseconds: microseconds * 1000), utcOffset: 0, to: &$0)
            }
        }
        #expect(stamps == expected)
    }

    @Test func deltasCountFromWhatIsSaid() {
        for style in [TimeStyle.sincePrevious, .sinceFirst] {
            var format = TimeFormat(style)
            format.count(from: Timestamp(seconds: 10, nanoseconds: 0))
            #expect(
                text { format.write(Timestamp(seconds: 12, nanoseconds: 0), utcOffset: 0, to: &$0) }
                    == " 00:00:02.000000 ")
            format.count(from: nil)
            #expect(
                text { format.write(Timestamp(seconds: 15, nanoseconds: 0), utcOffset: 0, to: &$0) }
                    == " 00:00:00.000000 ")
        }
    }

    @Test func recordsWithoutATimeHaveADash() {
        var format = TimeFormat(.clock)
        #expect(text { format.write(nil, utcOffset: 0, to: &$0) } == "- ")
        var none = TimeFormat(.none)
        #expect(text { none.write(nil, utcOffset: 0, to: &$0) } == "")
    }

    @Test(arguments: [
        (-1, "1969-12-31 23:59:59.000000 "), (0, "1970-01-01 00:00:00.000000 "),
        (951_782_400, "2000-02-29 00:00:00.000000 "), (4_107_542_400, "2100-03-01 00:00:00.000000 "),
        (1_709_164_800, "2024-02-29 00:00:00.000000 "), (1_735_689_599, "2024-12-31 23:59:59.000000 "),
        (Int64.max, "2262-04-11 23:47:16.854775 "), (Int64.min, "1677-09-21 00:12:43.145224 "),
    ])
    func dates(_ seconds: Int64, _ expected: String) {
        var format = TimeFormat(.dateAndClock)
        #expect(text { format.write(Timestamp(seconds: seconds, nanoseconds: 0), utcOffset: 0, to: &$0) } == expected)
    }

    @Test func beforeTheEpochSecondsAreNegative() {
        var format = TimeFormat(.epoch)
        #expect(text { format.write(Timestamp(rawValue: -1_500_000_000), utcOffset: 0, to: &$0) } == "-1.500000 ")
    }
}
