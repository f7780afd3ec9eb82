import ArgumentParser
import PacketCapture

struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Packets of an interface, as they pass.",
        usage: "earshot capture [-i IFACE] [options] [FILTER ...]",
        discussion: "FILTER is a pcap-filter(7) expression. Ctrl-C ends the capture.")

    @OptionGroup var interface: InterfaceOption
    @OptionGroup var live: LiveOptions
    @OptionGroup var limit: LimitOption
    @OptionGroup var filter: FilterOptions
    @OptionGroup var saving: SaveOptions
    @OptionGroup var rights: RightsOptions
    @OptionGroup var rotation: RotationOptions
    @OptionGroup var recording: RecorderOptions
    @OptionGroup var printing: PrintOptions

    @Argument(help: ArgumentHelp("Which packets.", valueName: "FILTER"))
    var words: [String] = []

    func run() throws {
        try saving.check(with: printing)
        if recording.isWanted, saving.path == nil {
            throw Failure(usage: "--ring-seconds and --ring-megabytes: where to? Name a savefile with -w")
        }
        let limits = try rotation.limits(for: saving.path)
        let expression = try filter.expression(words)
        if let style = printing.listingStyle { return try printListing(listing(expression, style)) }
        var source = try live.open(interface.interface, filter: expression)
        let names = InterfaceOption.names(on: source.interface)
        let printer = saving.path == nil || saving.alsoPrints ? try PacketPrinter(printing, interfaceNames: names) : nil
        let lockdown = rights.lockdown(verbosity: printing.verbosity)
        if printing.onlyCounts {
            source.announce()
            var counter = PacketCounter()
            try pump(&source, limit: limit.limit, duration: live.duration, lockdown: lockdown, into: &counter)
        } else if let path = saving.path {
            let description = SavefileDescription(
                linkType: source.linkType, snapshotLength: source.snapshotLength, interface: source.interface,
                filter: expression.isEmpty ? nil : expression, system: SavefileDescription.runningSystem)
            if recording.isWanted {
                let saver = try PacketSaver(
                    saving, path: path, description: description, precision: .nanoseconds, limits: limits)
                var recorder = try PacketRecorder(
                    recording, linkType: source.linkType, saver: saver, printer: printer)
                source.announce()
                try pump(&source, limit: limit.limit, duration: live.duration, lockdown: lockdown, into: &recorder)
                try recorder.close(statistics: try? source.statistics())
            } else {
                var saver = try PacketSaver(
                    saving, path: path, description: description, precision: .nanoseconds, limits: limits,
                    printer: printer)
                source.announce()
                try pump(&source, limit: limit.limit, duration: live.duration, lockdown: lockdown, into: &saver)
                try saver.close(statistics: try? source.statistics())
            }
        } else if var printer {
            source.announce()
            try pump(&source, limit: limit.limit, duration: live.duration, lockdown: lockdown, into: &printer)
        }
    }

    private func listing(_ expression: String, _ style: FilterListingStyle) throws(Failure) -> [String] {
        try live.enterNamespace()
        do {
            return try CaptureFilter.listing(
                of: expression, interface: interface.interface ?? NetworkInterface.nameForCapture(), style: style)
        } catch {
            throw Failure(error)
        }
    }
}
