import Testing

@testable import Rendering

@Suite struct ProgressLineTests {
    @Test(arguments: [
        (0, 100, 1_000_000_000, "[....................]   0 %, 0 MB/s"),
        (50_000_000, 200_000_000, 1_000_000_000, "[#####...............]  25 %, 50 MB/s, 3 s left"),
        (1_000_000, 400_000_000, 1_000_000_000, "[....................]   0 %, 1 MB/s, 6 min 39 s left"),
        (1_000_000, 9_000_000_000, 1_000_000_000, "[....................]   0 %, 1 MB/s, 2 h 29 min 59 s left"),
        (200, 200, 2_000_000_000, "[####################] 100 %, 0 MB/s, 0 s left"),
        // A file that grew, and a clock that stood.
        (300, 200, 0, "[####################] 100 %, 300000 MB/s, 0 s left"),
        (0, 0, 1, "[####################] 100 %, 0 MB/s, 0 s left"),
    ])
    func shareRateAndTime(_ read: Int, _ size: Int, _ nanoseconds: Int, _ expected: String) {
        #expect(text { $0.progressLine(read: read, of: size, after: nanoseconds) } == expected)
    }
}
