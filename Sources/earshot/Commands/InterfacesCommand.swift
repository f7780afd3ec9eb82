import ArgumentParser
import Host
import PacketCapture
import PacketDecoding
import Rendering

struct InterfacesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interfaces", abstract: "What can be captured on.")

    func run() throws {
        let interfaces: [NetworkInterface]
        do { interfaces = try NetworkInterface.all() } catch { throw Failure(error) }
        let refusal = LiveCapture.permissionError
        // Names are others' choice.
        try Lockdown().enter()
        var output = Output()
        let names = interfaces.map(\.name.escapedForMessage)
        let width = names.map(\.count).max() ?? 0
        for (interface, name) in zip(interfaces, names) {
            output.buffer.name(name)
            for _ in name.count..<max(width, 3) + 2 { output.buffer.write(" ") }
            output.buffer.write(interface.isUp ? (interface.isRunning ? "up  " : "idle") : "down")
            output.buffer.write("  mtu ")
            output.buffer.decimal(interface.mtu)
            if let address = interface.hardwareAddress {
                output.buffer.write("  ")
                output.buffer.address(address)
            }
            for address in interface.addresses {
                output.buffer.write("  ")
                output.buffer.address(address)
            }
            for alternative in interface.alternativeNames {
                output.buffer.write("  altname ")
                output.buffer.name(alternative)
            }
            if interface.linkType == nil { output.buffer.write("  (link type not captured)") }
            output.buffer.write("\n")
        }
        output.buffer.write("any")
        for _ in 3..<max(width, 3) + 2 { output.buffer.write(" ") }
        output.buffer.write("all of them\n")
        try output.flush()
        if let refusal {
            StandardError.write(line: "capturing is not allowed here: \(refusal)")
        }
    }
}
