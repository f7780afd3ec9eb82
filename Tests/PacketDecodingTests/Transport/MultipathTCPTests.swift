import PacketDecoding
import Testing

@Suite struct MultipathTCPTests {
    static let eight = "0001020304050607"
    static let twelve = eight + "08090a0b"
    static let sixteen = twelve + "0c0d0e0f"
    static let twenty = sixteen + "10111213"

    @Test(
        arguments: [
            (TCPFlags.syn, "1e04 0181", "mptcp 4 capable v1 csum"),
            (.syn, "1e0c 0081 \(eight)", "mptcp 12 capable v0 csum {0x1020304050607}"),
            (.syn, "1e04 0201", "mptcp 4 capable Unknown Version (2)"),
            (.ack, "1e14 0101 \(sixteen)", "mptcp 20 capable v1 {0x1020304050607,0x8090a0b0c0d0e0f}"),
            (.syn, "1e0c 1005 \(eight)", "mptcp 12 join id 5 token 0x10203 nonce 0x4050607"),
            ([.syn, .ack], "1e10 1105 \(twelve)", "mptcp 16 join backup id 5 hmac 0x1020304050607 nonce 0x8090a0b"),
            (.ack, "1e18 1005 \(twenty)", "mptcp 24 join hmac 0x000102030405060708090a0b0c0d0e0f10111213"),
            (.ack, "1e08 2001 01020304", "mptcp 8 dss ack 16909060"),
            (.ack, "1e14 2005 \(sixteen)", "mptcp 20 dss ack 66051 seq 67438087 subseq 134810123 len 3085 csum 0xe0f"),
            (
                .ack, "1e1c 201f \(twenty)14151617",
                "mptcp 28 dss fin ack 283686952306183 seq 579005069656919567 subseq 269554195 len 5141 csum 0x1617"
            ),
            (.ack, "1e08 3005 01020304", "mptcp 8 add-addr v1 id 5 1.2.3.4"),
            (.ack, "1e08 3105 01020304", "mptcp 8 add-addr v1-echo id 5 1.2.3.4"),
            (.ack, "1e10 3005 01020304 \(eight)", "mptcp 16 add-addr v1 id 5 1.2.3.4 hmac 0x1020304050607"),
            (.ack, "1e0a 3405 01020304 0050 0101", "mptcp 10 add-addr v0-ip4 id 5 1.2.3.4:80,nop,nop"),
            (.ack, "1e14 3605 \(sixteen)", "mptcp 20 add-addr v0-ip6 id 5 1:203:405:607:809:a0b:c0d:e0f"),
            (.ack, "1e05 4005 06010101", "mptcp 5 rem-addr id 5 6,nop,nop,nop"),
            (.ack, "1e03 5001", "mptcp 3 prio non-backup,nop"),
            (.ack, "1e04 5105", "mptcp 4 prio backup id 5"),
            (.ack, "1e0c 6000 \(eight)", "mptcp 12 fail seq 283686952306183"),
            (.ack, "1e0c 7000 \(eight)", "mptcp 12 fast-close key 0x1020304050607"),
            (.ack, "1e04 8105", "mptcp 4 unknown"),
        ] as [(TCPFlags, String, String)])
    func saysAsTcpdump(_ flags: TCPFlags, _ options: String, _ words: String) {
        let said = summary(of: .tcp, in: ipv4(.tcp, tcp(flags, options: options)), linkType: .ipv4)
        #expect(said?.contains("options [\(words)], length 0") == true, "\(said ?? "")")
    }

    @Test(
        arguments: [
            (TCPFlags.ack, "1e02 0101", "mptcp[bad opt]"),
            (.ack, "1e0c 0081 \(eight)", "mptcp 12 capable[bad opt]"),
            (.ack, "1e0c 1005 \(eight)", "mptcp 12 join[bad opt]"),
            (.syn, "1e08 2001 01020304", "mptcp 8 dss[bad opt]"),
            (.ack, "1e08 2002 01020304", "mptcp 8 dss[bad opt]"),
            (.ack, "1e04 2001", "mptcp 4 dss ack [bad opt]"),
            (.ack, "1e08 3205 01020304", "mptcp 8 add-addr[bad opt]"),
            (.ack, "1e0c 3005 \(eight)", "mptcp 12 add-addr[bad opt]"),
        ] as [(TCPFlags, String, String)])
    func lengthThatDoesNotSuitTheSubtypeEndsTheList(_ flags: TCPFlags, _ options: String, _ words: String) {
        let said = summary(of: .tcp, in: ipv4(.tcp, tcp(flags, options: options)), linkType: .ipv4)
        #expect(said?.hasSuffix("options [\(words)") == true, "\(said ?? "")")
    }
}
