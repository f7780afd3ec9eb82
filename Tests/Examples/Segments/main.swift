import PacketCapture
import PacketDecoding

// Prints the TCP segments of a savefile. Frames are borrowed: nothing is copied or allocated.
var savefile = try SavefileReader(path: CommandLine.arguments[1])
var decoder = PacketDecoder()
while let frame = try savefile.next() {
    let packet = decoder.decode(frame)
    guard let index = packet.firstIndex(of: .tcp), let segment = packet.header(TCPHeader.self, at: index) else {
        continue
    }
    let ports = "\(segment.sourcePort) > \(segment.destinationPort)"
    print("\(frame.header.number): \(ports), \(packet.payloadLength(at: index)) bytes")
}
