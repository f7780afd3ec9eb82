import PacketDecoding
import Testing

@Suite struct ICMPMessagesTests {
    static let datagram = ipv4(.udp, udp("hello"))
    static let segment = Array(ipv4(.tcp, tcp()).prefix(28))

    static func error(_ header: String, quoting quote: [UInt8] = datagram) -> [UInt8] { icmp(header, quoting: quote) }

    @Test(arguments: [
        Words("ICMP echo request, id 7, seq 9, length 8", icmp("0800 0000 0007 0009")),
        Words("ICMP echo reply, id 7, seq 9, length 8", icmp("0000 0000 0007 0009")),
        Words("ICMP net 198.51.100.2 unreachable, length 41", error("0300 0000 00000000")),
        Words("ICMP host 198.51.100.2 unreachable, length 41", error("0301 0000 00000000")),
        Words("ICMP 198.51.100.2 protocol 17 unreachable, length 41", error("0302 0000 00000000")),
        Words("ICMP 198.51.100.2 udp port 9 unreachable, length 41", error("0303 0000 00000000")),
        Words("ICMP 198.51.100.2 tcp port 80 unreachable, length 36", error("0303 0000 00000000", quoting: segment)),
        Words(
            "ICMP 198.51.100.2 protocol 132 port 9 unreachable, length 41",
            error("0303 0000 00000000", quoting: ipv4(.sctp, udp("hello")))),
        Words("ICMP 198.51.100.2 unreachable - need to frag (mtu 1400), length 41", error("0304 0000 00000578")),
        Words("ICMP 198.51.100.2 unreachable - need to frag, length 41", error("0304 0000 00000000")),
        Words("ICMP 198.51.100.2 unreachable - source route failed, length 41", error("0305 0000 00000000")),
        Words("ICMP net 198.51.100.2 unreachable - unknown, length 41", error("0306 0000 00000000")),
        Words("ICMP host 198.51.100.2 unreachable - unknown, length 41", error("0307 0000 00000000")),
        Words("ICMP 198.51.100.2 unreachable - source host isolated, length 41", error("0308 0000 00000000")),
        Words("ICMP net 198.51.100.2 unreachable - admin prohibited, length 41", error("0309 0000 00000000")),
        Words("ICMP host 198.51.100.2 unreachable - admin prohibited, length 41", error("030a 0000 00000000")),
        Words("ICMP net 198.51.100.2 unreachable - tos prohibited, length 41", error("030b 0000 00000000")),
        Words("ICMP host 198.51.100.2 unreachable - tos prohibited, length 41", error("030c 0000 00000000")),
        Words("ICMP host 198.51.100.2 unreachable - admin prohibited filter, length 41", error("030d 0000 00000000")),
        Words("ICMP host 198.51.100.2 unreachable - host precedence violation, length 41", error("030e 0000 00000000")),
        Words("ICMP host 198.51.100.2 unreachable - precedence cutoff, length 41", error("030f 0000 00000000")),
        Words("ICMP 198.51.100.2 unreachable - #16, length 41", error("0310 0000 00000000")),
        Words("ICMP source quench, length 41", error("0400 0000 00000000")),
        Words("ICMP redirect 198.51.100.2 to net 10.0.0.1, length 41", error("0500 0000 0a000001")),
        Words("ICMP redirect 198.51.100.2 to host 10.0.0.1, length 41", error("0501 0000 0a000001")),
        Words("ICMP redirect-tos 198.51.100.2 to net 10.0.0.1, length 41", error("0502 0000 0a000001")),
        Words("ICMP redirect-tos 198.51.100.2 to host 10.0.0.1, length 41", error("0503 0000 0a000001")),
        Words("ICMP redirect-#4 198.51.100.2 to 10.0.0.1, length 41", error("0504 0000 0a000001")),
        Words("ICMP time exceeded in-transit, length 41", error("0b00 0000 00000000")),
        Words("ICMP ip reassembly time exceeded, length 41", error("0b01 0000 00000000")),
        Words("ICMP time exceeded-#2, length 41", error("0b02 0000 00000000")),
        Words("ICMP parameter problem - octet 20, length 41", error("0c00 0000 14000000")),
        Words("ICMP parameter problem - code 2, length 41", error("0c02 0000 14000000")),
        Words("ICMP router solicitation, length 8", icmp("0a00 0000 00000000")),
        Words(
            "ICMP router advertisement lifetime 59 1: {1.2.3.4 5}, length 16",
            icmp("0900 0000 0102 003b 01020304 00000005")),
        Words(
            "ICMP router advertisement lifetime 30:00 2: {1.2.3.4 5} {1.2.3.5 6}, length 24",
            icmp("0900 0000 0202 0708 01020304 00000005 01020305 00000006")),
        Words(
            "ICMP router advertisement lifetime 18:09:40 1: [size 1], length 12", icmp("0900 0000 0101 ff64 01020304")),
        Words("ICMP time stamp query id 7 seq 9, length 20", icmp("0d00 0000 0007 0009 00000000 00000000 00000000")),
        Words(
            "ICMP time stamp reply id 7 seq 9: org 01:02:03.004, recv 23:59:59.999, xmit 596:31:23.648, length 20",
            icmp("0e00 0000 0007 0009 0038cefc 05265bff 80000000")),
        Words("ICMP information request, length 8", icmp("0f00 0000 00070009")),
        Words("ICMP information reply, length 8", icmp("1000 0000 00070009")),
        Words("ICMP address mask request, length 12", icmp("1100 0000 00070009 00000000")),
        Words("ICMP address mask is 0xffffff00, length 12", icmp("1200 0000 00070009 ffffff00")),
        Words("ICMP type-#42, length 8", icmp("2a00 0000 00010201")),
        Words(" [|icmp]", icmp("0800 0000 0007 0009"), cutTo: 27),
        Words(" [|icmp]", error("0303 0000 00000000"), cutTo: 50),
        Words(" [|icmp]", error("0501 0000 0a000001"), cutTo: 45),
        Words(" [|icmp]", icmp("0e00 0000 0007 0009 0038cefc 05265bff 80000000"), cutTo: 38),
    ])
    func saysAsTcpdump(_ row: Words) {
        #expect(summary(of: .icmp, in: row.bytes, linkType: .ipv4, wireLength: row.wireLength) == row.words)
    }

    @Test func everyCodeOfUnreachableHasAMeaning() {
        for code in UInt8(0)...15 { #expect(ICMPType.destinationUnreachable.meaning(ofCode: code) != nil) }
        #expect(ICMPType.destinationUnreachable.meaning(ofCode: 16) == nil)
        #expect(ICMPType.echoRequest.meaning(ofCode: 0) == nil)
    }
}
