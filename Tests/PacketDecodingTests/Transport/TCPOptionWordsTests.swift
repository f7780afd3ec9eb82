import PacketDecoding
import Testing

@Suite struct TCPOptionWordsTests {
    @Test(arguments: [
        ("0204 ffd7", "mss 65495"),
        ("0402 0101", "sackOK,nop,nop"),
        ("0303 0700", "wscale 7,eol"),
        ("0101 080a 00000003 00000002", "nop,nop,TS val 3 ecr 2"),
        ("050a 000007d1 000007d5 0101", "sack 1 {2001:2005},nop,nop"),
        ("0512 000007d1 000007d5 000007da 000007db 0101", "sack 2 {2001:2005}{2010:2011},nop,nop"),
        ("0506 00000000 0101", "sack invalid sack,nop,nop"),
        (
            "1312 000102030405060708090a0b0c0d0e0f 0101",
            "md5 shared secret not supplied with -M, can't check - 000102030405060708090a0b0c0d0e0f,nop,nop"
        ),
        ("2202 0101", "tfo  cookiereq,nop,nop"),
        ("2206 01020304 0101", "tfo  cookie 01020304,nop,nop"),
        ("2203 0101", "tfo  (invalid),nop"),
        ("fe04 f989", "exp-tfo cookiereq"),
        ("fe08 f989 01020304", "exp-tfo cookie 01020304"),
        ("fe06 0234 0707 0101", "exp-0234,nop,nop"),
        ("fd08 1234 01020304", "unknown-253 0x123401020304"),
        ("4d02 0101", "unknown-77,nop,nop"),
        ("1c04 8009", "uto 0x8009 983280"),
        ("1d08 0109 04050607", "tcp-ao keyid 1 rnextkeyid 9 mac 0x04050607"),
        ("1d03 0101", "tcp-ao (invalid),nop"),
        ("1404 0109", "scps cap 01 id 9"),
        ("0b06 01090000 0101", "cc 17367040,nop,nop"),
        ("0606 01090000 0101", "echo 17367040,nop,nop"),
        ("0404 0101", "sackOK[len 4]"),
    ])
    func saysAsTcpdump(_ options: String, _ words: String) {
        #expect(
            summary(of: .tcp, in: ipv4(.tcp, tcp(options: options)), linkType: .ipv4)
                == "Flags [.], ack 2000, win 64, options [\(words)], length 0")
    }

    @Test(arguments: [
        ("0101 0509", "nop,nop,[bad opt]]"),
        ("0200 0501", "[bad opt]"),
        ("fe03 0101", "exp[bad opt]"),
        ("011e 0300", "nop,mptcp 3 capable[bad opt]]"),
    ])
    func aMalformedListIsTheLastWord(_ options: String, _ words: String) {
        #expect(
            summary(of: .tcp, in: ipv4(.tcp, tcp(options: options)), linkType: .ipv4)
                == "Flags [.], ack 2000, win 64, options [\(words)")
    }
}
