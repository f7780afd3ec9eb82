import GreetingService
import PacketDecoding
import Sockets
import Testing

@Suite struct GreetingEventTests {
    static let client = SocketAddress(Endpoint(address: .v4(IPv4Address(127, 0, 0, 1)), port: 40110))

    @Test(arguments: [
        (GreetingEvent.waiting, "Waiting for connection..."),
        (.accepted(client), "Accept new connection from 127.0.0.1:40110..."),
        (.received(Array("Michael".utf8)), "receive, Michael!"),
        (.received(Array("exit".utf8)), "receive, exit!"),
        (.received([0x1b, 0x5b, 0x32, 0x4a, 0xff]), "receive, <27>[2J<255>!"),
        (.closed(client), "Connection from 127.0.0.1:40110 closed."),
    ]) func `the server's output is a line for each event, with the client's bytes escaped`(
        event: GreetingEvent, line: String
    ) {
        var sink = TextCollector()
        event.write(to: &sink)
        #expect(sink.text == line)
        #expect(event.isOutput)
    }

    @Test(arguments: [
        (
            GreetingEvent.idle(client, limit: .seconds(60)),
            "127.0.0.1:40110 said nothing for 60 s: closing its connection"
        ),
        (
            .displaced(client, silence: .milliseconds(12_390)),
            "no descriptor is free for a new client: closing the connection from 127.0.0.1:40110, silent for 12.3 s"
        ),
    ]) func `why the server closes is not part of the output`(event: GreetingEvent, line: String) {
        var sink = TextCollector()
        event.write(to: &sink)
        #expect(sink.text == line)
        #expect(!event.isOutput)
    }

    @Test func `trouble is not part of the output`() {
        var sink = TextCollector()
        let event = GreetingEvent.trouble(SocketError(.accepting, "127.0.0.1:9999", .system(24)))
        event.write(to: &sink)
        #expect(!event.isOutput)
        #expect(
            sink.text == "accepting a connection on 127.0.0.1:9999: Too many open files; "
                + "raise the limit of open files (ulimit -n)")
    }
}
