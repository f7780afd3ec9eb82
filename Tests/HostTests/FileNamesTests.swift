import Host
import Testing

/// Which names the process that makes files takes for those of its series.
@Suite struct FileNamesTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let names: FileNames
        let inside, outside: [String]
        var testDescription: String { inside[0] }

        init(_ names: FileNames, inside: [String], outside: [String]) {
            self.names = names
            self.inside = inside
            self.outside = outside
        }
    }

    static let rows = [
        Row(
            FileNames("x.pcap", hasTimes: false, numbers: .any),
            inside: ["x.pcap", "x.pcap1", "x.pcap9", "x.pcap10", "x.pcap123456789"],
            outside: ["", "x.pca", "x.pcap0", "x.pcap01", "x.pcap1x", "ax.pcap", "x.pcap/1", "x.pcap-1", "x.pcap\0"]),
        Row(
            FileNames("x", hasTimes: false, numbers: .below(12)), inside: ["x00", "x07", "x11"],
            outside: ["x", "x0", "x12", "x99", "x000", "x1a"]),
        Row(FileNames("x", hasTimes: false, numbers: .below(1)), inside: ["x"], outside: ["x0", "x1", "y"]),
        Row(FileNames("x%H", hasTimes: false, numbers: .none), inside: ["x%H"], outside: ["x12", "x%H1"]),
        Row(
            FileNames("%Y-%m-%d_%H%M%S.pcap", hasTimes: true, numbers: .none),
            inside: ["2026-12-01_062813.pcap", "--_.pcap"],
            outside: ["2026-12-01_062813.pcap1", "2026-12-01.pcap", "2026/12-01_062813.pcap", ".bashrc"]),
        Row(
            FileNames("a%Ey%-d%%z", hasTimes: true, numbers: .any), inside: ["a261%z", "a261%z1", "a%z"],
            outside: ["a261z", "b261%z", "a261%z0"]),
        Row(FileNames("%", hasTimes: true, numbers: .none), inside: ["%"], outside: ["a/b"]),
    ]

    @Test(arguments: rows) func names(row: Row) {
        for name in row.inside { #expect(row.names.contains(name), "\(name)") }
        for name in row.outside { #expect(!row.names.contains(name), "\(name)") }
    }
}
