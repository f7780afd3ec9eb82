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
    @OptionGroup var rights: RightsOptions
    @OptionGroup var printing: PrintOptions

    @Option(parsing: .unconditional, help: ArgumentHelp("Print with N threads.", valueName: "N"))
    var jobs = 1

    @Argument(help: ArgumentHelp("The savefile, unless -r names it, and the filter.", valueName: "FILE"))
    var words: [String] = []

    mutating func validate() throws {
        if !(1...64).contains(jobs) { throw ValidationError("--jobs \(jobs): 1 to 64") }
    }

    func run() throws {
        try saving.check(with: printing)
        let opened = try input.open(
            words, filter: filter,
            reading: saving.path != nil ? .copied : printing.listingStyle != nil ? .header : .nothing)
        if let style = printing.listingStyle { return try printListing(opened.filterListing(style)) }
        let lockdown = rights.lockdown(verbosity: printing.verbosity)
        if printing.onlyCounts {
            var counter = PacketCounter()
            try opened.pump(limit: limit.limit, lockdown: lockdown, into: &counter)
        } else if let path = saving.path, let header = opened.header {
            var saver = try PacketSaver(
                saving, path: path,
                description: SavefileDescription(
                    linkType: header.linkType, snapshotLength: header.snapshotLength, interface: header.interface),
                original: opened.original, precision: header.precision,
                printer: saving.alsoPrints ? PacketPrinter(printing) : nil)
            try opened.pump(limit: limit.limit, lockdown: lockdown, into: &saver)
            try saver.close(statistics: nil)
        } else {
            let style = try PrintStyle(printing)
            if jobs > 1 {
                return try opened.print(limit: limit.limit, lockdown: lockdown, jobs: jobs, style)
            }
            var printer = PacketPrinter(style)
            try opened.pump(limit: limit.limit, lockdown: lockdown, into: &printer)
        }
    }
}
