import Conversations
import PacketDecoding
import Testing

@testable import Rendering

@Suite struct StreamTranscriptTests {
    private let conversation = Conversation(
        key: ConversationKey(
            transport: .tcp, client: Endpoint(address: .v4(IPv4Address(rawValue: 0x0a00_0001)), port: 4),
            server: Endpoint(address: .v4(IPv4Address(rawValue: 0x0a00_0002)), port: 5)),
        number: 7, firstFrame: 1)

    private func place(_ side: ConversationSide, _ offset: Int = 0) -> StreamPlace {
        StreamPlace(conversation: 7, side: side, offset: offset, frame: 3, timestamp: Timestamp(rawValue: 0))
    }

    private func written(
        _ format: TranscriptOptions.Format, ascii: Bool = true, _ write: (inout StreamTranscript) -> Void
    ) -> String {
        var options = TranscriptOptions()
        options.format = format
        options.usesASCII = ascii
        var transcript = StreamTranscript(options)
        transcript.begin(conversation)
        write(&transcript)
        transcript.endTurn()
        return transcript.text.text
    }

    private func say(_ text: String, _ place: StreamPlace, _ transcript: inout StreamTranscript) {
        let bytes = Array(text.utf8)
        unsafe transcript.data(bytes.span.bytes, at: place)
    }

    @Test func gapsStandInTheirPlaces() {
        let text = written(.text) {
            say("ab", place(.client), &$0)
            $0.gap(1448, .notCaptured, at: place(.client, 2))
            say("cd\n", place(.client, 1450), &$0)
            say("ef", place(.server), &$0)
        }
        #expect(
            text == """
                TCP 7: 10.0.0.1:4 <-> 10.0.0.2:5
                00:00:00.000000 10.0.0.1:4 -> 10.0.0.2:5  5 bytes
                ab
                [1,448 bytes not captured]
                cd
                00:00:00.000000 10.0.0.1:4 <- 10.0.0.2:5  2 bytes
                ef

                """)
    }

    private func resend(_ text: String, _ place: StreamPlace, _ transcript: inout StreamTranscript) {
        let bytes = Array(text.utf8)
        unsafe transcript.conflict(bytes.span.bytes, at: place)
    }

    /// It is known before the bytes that came first are in order.
    @Test func conflictsStandInTheirPlaces() {
        let text = written(.text) {
            resend("XY", place(.client, 4), &$0)
            resend("Z", place(.client, 3), &$0)
            say("hello\n", place(.server), &$0)
            say("abcdefgh\n", place(.client), &$0)
        }
        #expect(
            text == """
                TCP 7: 10.0.0.1:4 <-> 10.0.0.2:5
                00:00:00.000000 10.0.0.1:4 <- 10.0.0.2:5  6 bytes
                hello
                00:00:00.000000 10.0.0.1:4 -> 10.0.0.2:5  9 bytes
                abc
                [1 byte sent twice, and not the same: what came first is shown]
                d
                [2 bytes sent twice, and not the same: what came first is shown]
                efgh

                """)
    }

    @Test func conflictsWithWhatWasShownSayWhere() {
        let text = written(.text) {
            say("abcdefgh\n", place(.client), &$0)
            resend("XY", place(.client, 4), &$0)
        }
        #expect(
            text.hasSuffix("h\n[2 bytes sent again from offset 4 on, and not the same: what came first was shown]\n"))
    }

    @Test func conflictsThatAreNeverReachedAreTold() {
        let text = written(.text) {
            resend("XY", place(.client, 4), &$0)
            $0.end(.open, at: place(.client, 2))
        }
        #expect(text.hasSuffix("\n[2 bytes sent twice, and not the same: what came first is shown]\n"))
    }

    /// Other conversations may come in between.
    @Test func progressIsKeptWhileOthersSpeak() {
        var other = conversation
        other.number = 8
        let text = written(.text) {
            resend("XY", place(.client, 2), &$0)
            $0.begin(other)
            $0.begin(conversation)
            say("abcd", place(.client), &$0)
        }
        #expect(text.hasSuffix("ab\n[2 bytes sent twice, and not the same: what came first is shown]\ncd\n"))
    }

    @Test func conflictsAreJSONWithTheBytesThatLost() {
        let text = written(.json) {
            resend("XY", place(.client, 2), &$0)
            say("abcd", place(.client), &$0)
        }
        #expect(text.split(separator: "\n").count == 3)
        #expect(text.contains(#""offset":0,"length":2,"data":"6162"}"#))
        #expect(text.contains(#"{"record":"stream_conflict","transport":"tcp","stream":7,"side":"client","frame":3,"#))
        #expect(text.contains(#""offset":2,"length":2,"data":"5859"}"#))
        #expect(text.contains(#""offset":2,"length":2,"data":"6364"}"#))
    }

    @Test func marksAloneAreNoBytes() {
        let text = written(.text) {
            say("ab\n", place(.client), &$0)
            $0.reset(at: place(.server))
        }
        #expect(text.hasSuffix("ab\n00:00:00.000000 10.0.0.1:4 <- 10.0.0.2:5\n[reset]\n"))
    }

    @Test func linesEndAsTheTerminalEndsThem() {
        let text = written(.text) { say("GET /\r\nHost: a\r\n\r\nx\r", place(.client), &$0) }
        #expect(text.hasSuffix("  20 bytes\nGET /\nHost: a\n\nx\\r\n"))
    }

    @Test func onlyTabsAndLineFeedsPassUnescaped() {
        let text = written(.text, ascii: false) {
            say("a\tb\n\u{1b}[2J\r\u{202e}\"\\é", place(.client), &$0)
        }
        #expect(text.hasSuffix("\na\tb\n\\x1b[2J\\r\\u{202e}\"\\é\n"))
    }

    @Test func whatIsNoTextIsADumpWithItsMeaning() {
        var options = TranscriptOptions()
        options.usesASCII = true
        options.meaning = { bytes, application, transport, words in
            words.write(transport == .tcp && application == nil ? "é says…" : "")
        }
        var transcript = StreamTranscript(options)
        transcript.begin(conversation)
        let bytes: [UInt8] = [0xde, 0xad, 0x41, 0x1b, 0]
        unsafe transcript.data(bytes.span.bytes, at: place(.server, 32))
        transcript.endTurn()
        #expect(
            transcript.text.text.hasSuffix(
                "  5 bytes\n[\\u{e9} says...]\n00000020  de ad 41 1b 00"
                    + String(repeating: " ", count: 36) + "..A..\n"))
    }

    @Test func linesBeforeWhatIsNoTextAreText() {
        let bytes = Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]
        let text = written(.text) { unsafe $0.data(bytes.span.bytes, at: place(.server)) }
        #expect(text.contains("  27 bytes\nHTTP/1.1 200 OK\n\n00000013  1f 8b 08 00 00 00 00 00 "))
    }

    /// A few bytes that need numbers do not make a text something else, nor does a character that is cut.
    @Test(arguments: ["one \u{7f} of many letters\n", "caf\u{e9}\n", "tabs\tand\r\nlines\n"])
    func textStaysText(_ said: String) {
        let text = written(.text) { say(said, place(.client), &$0) }
        #expect(!text.contains("00000000"))
    }

    /// The second byte of U+061B, a printable character, is the CSI of a terminal without UTF-8.
    @Test func asciiIsAllThatPassesWhereTheTerminalHasNoUTF8() {
        let text = written(.text) { say("a\u{61b}2Jé", place(.client), &$0) }
        #expect(text.hasSuffix("\na\\u{61b}2J\\u{e9}\n"))
    }

    @Test func namesOfAGreetingAreASCIIToo() {
        var greeting = conversation
        greeting.application = .greeting
        let name = String(repeating: "é", count: 40)
        let text = written(.text) {
            $0.begin(greeting)
            say("Welcome!", place(.server), &$0)
            say(name, place(.client), &$0)
            say("Hello, \(name)!", place(.server, 8), &$0)
            $0.finish(greeting)
        }
        #expect(text.contains("greeting: welcome, 1 name, 1 answer, no exit\n"))
        #expect(text.contains("\" ...: answered"))
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func hexOffsetsGoOnPastAGap() {
        let text = written(.hex) {
            say("ab", place(.server), &$0)
            $0.gap(14, .snapped, at: place(.server, 2))
            say("c", place(.server, 16), &$0)
        }
        #expect(text.contains("\t00000000  61 62 "))
        #expect(text.contains("\t00000010  63 "))
    }

    @Test func aLongTurnIsShownPieceByPiece() {
        let text = written(.text) { transcript in
            say(String(repeating: "x", count: 1_500_000), place(.client), &transcript)
        }
        #expect(text.contains("  1,048,576 bytes\n"))
        #expect(text.contains("  451,424 bytes\n"))
    }

    @Test func jsonRecordsOfDataAndGap() {
        let text = written(.json) {
            $0.announce(conversation)
            say("ab", place(.client), &$0)
            $0.gap(3, .unacknowledged, at: place(.client, 2))
            $0.end(.finished, at: place(.client, 5))
        }
        let common = #""transport":"tcp","stream":7,"side":"client","frame":3,"timestamp":"0.000000000","offset":"#
        #expect(text.contains(#"{"record":"stream_data",\#(common)0,"length":2,"data":"6162"}"#))
        #expect(text.contains(#"{"record":"stream_gap",\#(common)2,"length":3,"reason":"unacknowledged"}"#))
        #expect(text.contains(#"{"record":"stream_end",\#(common)5,"ending":"finished"}"#))
    }
}
