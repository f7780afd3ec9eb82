import PacketDecoding
import Testing

@testable import Rendering

/// Frames of layers that every build decodes: Ethernet, IPv4, IPv6 and UDP. What the other layers say of themselves is
/// tested where they are decoded.
@Suite struct SummaryLineTests {
    static func line(
        _ bytes: [UInt8], linkType: LinkType = .ethernet, wireLength: Int? = nil,
        _ change: (inout SummaryOptions) -> Void = { _ in }
    ) -> String {
        var options = SummaryOptions()
        options.time = TimeFormat(.none)
        change(&options)
        var line = SummaryLine(options)
        return text { buffer in
            withPacket(bytes, linkType: linkType, wireLength: wireLength) {
                line.write($0, context: SummaryContext(), utcOffset: 0, to: &buffer)
            }
        }
    }

    /// The lines are tcpdump 4.99's, but for what it does not say.
    @Test(
        arguments: [
            (
                "UDP over IPv4", Frames.ethernet(0x800, Frames.ipv4(17, Frames.udp(Array("abcd".utf8)))),
                "IP 10.0.0.1.1234 > 10.0.0.2.5678: UDP, length 4"
            ),
            (
                "UDP over IPv6", Frames.ethernet(0x86dd, Frames.ipv6(17, Frames.udp([1]))),
                "IP6 2001:db8::1.1234 > 2001:db8::2.5678: UDP, length 1"
            ),
            (
                "an unknown protocol", Frames.ethernet(0x800, Frames.ipv4(253, [UInt8](repeating: 0, count: 20))),
                "IP 10.0.0.1 > 10.0.0.2:  ip-proto-253 20"
            ),
            (
                "an unknown protocol over IPv6", Frames.ethernet(0x86dd, Frames.ipv6(253, [1, 2, 3])),
                "IP6 2001:db8::1 > 2001:db8::2:  ip-proto-253 3"
            ),
            (
                "no next header", Frames.ethernet(0x86dd, Frames.ipv6(59, [])),
                "IP6 2001:db8::1 > 2001:db8::2: no next header"
            ),
            (
                "a first fragment", Frames.ethernet(0x800, Frames.ipv4(17, Frames.udp([1, 2]), fragment: 0x2000)),
                "IP 10.0.0.1.1234 > 10.0.0.2.5678: UDP, length 2"
            ),
            (
                "a later fragment", Frames.ethernet(0x800, Frames.ipv4(17, [1, 2, 3, 4], fragment: 185)),
                "IP 10.0.0.1 > 10.0.0.2: ip-proto-17"
            ),
            (
                "IPv6 in IPv4", Frames.ethernet(0x800, Frames.ipv4(41, Frames.ipv6(17, Frames.udp([])))),
                "IP 10.0.0.1 > 10.0.0.2: IP6 2001:db8::1.1234 > 2001:db8::2.5678: UDP, length 0"
            ),
            (
                "IPv4 in IPv4", Frames.ethernet(0x800, Frames.ipv4(4, Frames.ipv4(4, Frames.ipv4(17, Frames.udp([]))))),
                "IP 10.0.0.1 > 10.0.0.2: IP 10.0.0.1 > 10.0.0.2: IP 10.0.0.1.1234 > 10.0.0.2.5678: UDP, length 0"
            ),
            (
                "an unknown EtherType", Frames.ethernet(0x88b5, [1]),
                "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype Unknown (0x88b5), length 15"
            ),
            ("a cut Ethernet header", [1, 2, 3], " [|ether]"),
            ("a cut IPv4 header", Array(Frames.ethernet(0x800, Frames.ipv4(17, [])).prefix(24)), "IP  [|ip]"),
            ("a cut IPv6 header", Array(Frames.ethernet(0x86dd, Frames.ipv6(17, [])).prefix(24)), " [|ip6]"),
            (
                "three bytes of UDP", Frames.ethernet(0x800, Frames.ipv4(17, [1, 2, 3])),
                "IP 10.0.0.1 > 10.0.0.2:  [|udp]"
            ),
            (
                "an impossible header length", Frames.ethernet(0x800, Frames.ipv4(17, [], headerWords: 2)),
                "IP  [bad ipv4: impossible length 8]"
            ),
            (
                "an impossible total length", Frames.ethernet(0x800, Frames.ipv4(17, [], totalLength: 10)),
                "IP  [bad ipv4: impossible length 10]"
            ),
            (
                "a packet longer than its frame",
                Frames.ethernet(0x800, Frames.ipv4(17, Frames.udp([]), totalLength: 36)),
                "IP truncated-ip - 8 bytes missing! 10.0.0.1.1234 > 10.0.0.2.5678: UDP, length 0"
            ),
        ] as [(String, [UInt8], String)])
    func lines(_ title: String, _ bytes: [UInt8], _ expected: String) {
        #expect(Self.line(bytes) == expected + "\n")
    }

    @Test(
        arguments: [
            (
                "IPv4", Frames.ethernet(0x800, Frames.ipv4(17, Frames.udp([]))),
                "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 42: "
                    + "10.0.0.1.1234 > 10.0.0.2.5678: UDP, length 0"
            ),
            (
                "IPv4 in IPv4", Frames.ethernet(0x800, Frames.ipv4(4, Frames.ipv4(253, []))),
                "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 54: "
                    + "10.0.0.1 > 10.0.0.2: 10.0.0.1 > 10.0.0.2:  ip-proto-253 0"
            ),
            (
                "a cut IPv4 header", Array(Frames.ethernet(0x800, Frames.ipv4(17, [])).prefix(24)),
                "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 24:  [|ip]"
            ),
            (
                "an unknown EtherType", Frames.ethernet(0x88b5, [1]),
                "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype Unknown (0x88b5), length 15"
            ),
        ] as [(String, [UInt8], String)])
    func linesWithTheLinkHeader(_ title: String, _ bytes: [UInt8], _ expected: String) {
        #expect(Self.line(bytes) { $0.showsLinkHeader = true } == expected + "\n")
    }

    @Test func linkTypesThatAreNotDecodedAreNamed() {
        #expect(Self.line([1, 2, 3, 4], linkType: LinkType(rawValue: 127)) == "link-type 127, length 4\n")
    }

    @Test(arguments: [(1, "    1  "), (9999, " 9999  "), (12_345, "12345  "), (1_234_567, "1234567  ")])
    func numbersAndTimesComeFirst(_ number: Int, _ expected: String) {
        var options = SummaryOptions()
        options.showsNumber = true
        var line = SummaryLine(options)
        let written = text { buffer in
            withPacket(
                Frames.ethernet(0x800, Frames.ipv4(253, [])), number: number,
                at: Timestamp(seconds: 1, nanoseconds: 2000)
            ) {
                line.write($0, context: SummaryContext(), utcOffset: 3600, to: &buffer)
            }
        }
        #expect(written == expected + "01:00:01.000002 IP 10.0.0.1 > 10.0.0.2:  ip-proto-253 0\n")
    }

    @Test func everyTruncationHasOneLine() {
        let whole = Frames.ethernet(0x800, Frames.ipv4(41, Frames.ipv6(17, Frames.udp([1, 2, 3]))))
        for count in 0...whole.count {
            for wireLength in [count, whole.count] {
                let line = Self.line(Array(whole.prefix(count)), wireLength: wireLength)
                #expect(line.count { $0 == "\n" } == 1)
                #expect(line.hasSuffix("\n"))
                #expect(count == whole.count || count >= 82 || line.contains("[|"))
            }
        }
    }
}
