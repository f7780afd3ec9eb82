import Conversations
import Foundation
import FoundationXML
import PacketDecoding
import Testing

@testable import Rendering

@Suite struct LadderPictureTests {
    /// What a picture holds, as an XML parser reads it.
    private final class Contents: NSObject, XMLParserDelegate {
        var elements: [(name: String, attributes: [String: String])] = []
        var texts: [String] = []
        private var isText = false

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements.append((name, attributes))
            isText = name == "text"
            if isText { texts.append("") }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            if isText { texts[texts.count - 1] += string }
        }

        func parser(_ parser: XMLParser, didEndElement: String, namespaceURI: String?, qualifiedName: String?) {
            isText = false
        }
    }

    private func parsed(_ picture: String) -> Contents {
        let contents = Contents()
        let parser = XMLParser(data: Data(picture.utf8))
        parser.delegate = contents
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        return contents
    }

    private func paths(_ contents: Contents, _ style: String) -> Int {
        contents.elements.count { $0.name == "path" && $0.attributes["class"] == style }
    }

    @Test func theGreeting() {
        let contents = parsed(Script.greeting.picture())
        #expect(
            contents.texts == [
                "127.0.0.1:40110 ⇄ 127.0.0.1:9999", "TCP 0   lo   9 packets   7 B →  ← 23 B   no loss",
                "Δ ms", "CLIENT", "SERVER",
                "handshake", "LISTEN",
                "SYN s0 w65495 mss65495", "0.000", "SYN-SENT",
                "SYN,ACK s0 a1 w64", "0.744", "ESTABLISHED", "SYN-RECEIVED",
                "ACK a1", "0.019", "ESTABLISHED", "handshake 0.763 ms",
                "greeting",
                "PSH s1+8 a1 \"Welcome!\"", "0.155", "PSH s1+7 a9 \"Michael\"", "0.052",
                "PSH s9+15 a8 \"Hello, Michael!\"", "1.167", "server took 1.167 ms",
                "teardown: client closes first",
                "FIN s22 a50", "0.027", "FIN-WAIT-1", "CLOSE-WAIT", "FIN s50 a23", "1.320", "TIME-WAIT", "LAST-ACK",
                "ACK a51", "0.045", "CLOSED",
                "closed by client after 3.529 ms",
            ])
        #expect(paths(contents, "a c") == 5)
        #expect(paths(contents, "a s") == 4)
        #expect(contents.elements.count { $0.attributes["class"]?.hasPrefix("b") == true } == 3)
    }

    @Test func foldsAreDashedBlocksAndWarningsRed() {
        let contents = parsed(LadderBodyTests.bulk(200).picture())
        #expect(contents.elements.count { $0.attributes["class"] == "f" } == 1)
        #expect(contents.texts.contains("… 176 segments, 176.0 kB, 18 retransmissions …"))
        #expect(paths(contents, "a x") == 2)
        #expect(contents.texts.count { $0 == "retransmission" } == 2)
        #expect(parsed(LadderBodyTests.bulk(200).picture(isFull: true)).texts.count { $0.contains("+1000") } == 200)
    }

    @Test func severalConversationsStandOneBelowTheOther() throws {
        var picture = LadderPicture()
        var scripts = [Script.greeting, Script(.udp)]
        scripts[1].send(.client, after: 0, "abc")
        for script in scripts {
            for entry in script.entries { picture.add(entry.step, preview: entry.payload.span.raw) }
        }
        for script in scripts { picture.draw(script.conversation) }
        let contents = parsed(text { picture.write(to: &$0) })
        let height = try #require(contents.elements[0].attributes["height"].flatMap { Int($0) })
        let tops = contents.elements.compactMap { $0.attributes["transform"] }
        #expect(tops.count == 4)
        #expect(tops[0] == "translate(0,0)")
        let second = try #require(Int(tops[2].dropFirst("translate(0,".count).dropLast()))
        #expect(second > 400 && second < height)
        #expect(contents.texts.last == "ended with the capture, lasted 0.000 ms")
    }

    @Test func noConversationIsAnEmptyPicture() {
        #expect(parsed(text { LadderPicture().write(to: &$0) }).texts == [])
    }

    @Test func moreConversationsThanAnyoneReadsAreLeftOut() {
        var picture = LadderPicture()
        for number in 0..<LadderPicture.maximumConversations + 2 {
            var script = Script(.udp, number: number)
            script.send(.client, after: 0)
            picture.add(script.entries[0].step, preview: RawSpan())
        }
        #expect(picture.omittedSteps == 2)
    }

    @Test func whatIsGivenUpIsDrawnAndCounts() {
        var picture = LadderPicture()
        for number in 0..<LadderPicture.maximumConversations {
            var script = Script(.udp, number: number)
            script.send(.client, after: 0)
            picture.add(script.entries[0].step, preview: RawSpan())
            picture.draw(script.conversation, isGivenUp: true)
        }
        var last = Script(.udp, number: LadderPicture.maximumConversations)
        last.send(.client, after: 0)
        picture.add(last.entries[0].step, preview: RawSpan())
        #expect(picture.omittedSteps == 1)
        let texts = parsed(text { picture.write(to: &$0) }).texts
        #expect(texts.count { $0 == "still open when given up, lasted 0.000 ms" } == LadderPicture.maximumConversations)
    }

    /// Whatever a peer sent, the document is well-formed, refers to nothing and has no elements but our own.
    @Test func hostileBytesAreWords() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20 {
            let picture = Script.random(using: &generator).picture(interface: "<script>\u{1b}&\u{202e}")
            let contents = parsed(picture)
            let known: Set = ["svg", "style", "g", "title", "text", "rect", "path", "circle"]
            #expect(known.isSuperset(of: contents.elements.map(\.name)))
            #expect(contents.texts.contains { $0.contains(#"<script>\x1b&\u{202e}"#) })
            #expect(picture.unicodeScalars.allSatisfy { $0 == "\n" || $0.isPrintable })
        }
        var script = Script()
        script.add(.client, after: 0, [.psh, .ack], "</text><script>\"&amp;]]>\u{0}\u{fffe}")
        #expect(
            parsed(script.picture()).texts.contains(
                #"PSH s0+28 a0 "</text><script>\"&amp;]]>\x00\u{fffe}""#))
        #expect(!script.picture().contains("<script"))
    }
}
