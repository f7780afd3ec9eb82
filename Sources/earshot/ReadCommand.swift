import ArgumentParser
import PacketCapture

struct ReadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Packets of a savefile.",
        usage: "earshot read FILE|- [options] [FILTER ...]",
        discussion: "FILE is a pcap or pcapng savefile, - the standard input; FILTER is a pcap-filter(7) expression.")

    @OptionGroup var input: FileOptions
    @OptionGroup var limit: LimitOption
    @OptionGroup var filter: FilterOptions
    @OptionGroup var saving: SaveOptions
    @OptionGroup var printing: PrintOptions

    @Argument(help: ArgumentHelp("The savefile, unless -r names it, and the filter.", valueName: "FILE"))
    var words: [String] = []

    func run() throws {
        var opened = try input.open(words, filter: filter)
        if printing.dumpsFilter {
            let compiled = try opened.filter ?? CaptureFilter("", linkType: opened.source.linkType)
            return try printListing(compiled.listing)
        }
        if printing.onlyCounts {
            var counter = PacketCounter()
            try pump(&opened.source, filter: opened.filter, limit: limit.limit, into: &counter)
        } else if let path = saving.path {
            var saver = try PacketSaver(
                saving, path: path, linkType: opened.source.linkType, precision: opened.source.precision,
                snapshotLength: opened.source.snapshotLength, interface: nil,
                printer: saving.alsoPrints ? PacketPrinter(printing) : nil)
            try pump(&opened.source, filter: opened.filter, limit: limit.limit, into: &saver)
            try saver.close(statistics: nil)
        } else {
            var printer = try PacketPrinter(printing)
            try pump(&opened.source, filter: opened.filter, limit: limit.limit, into: &printer)
        }
    }
}
