import Testing

/// Paths, and the words of commands, are bytes: they need not be UTF-8.
@Suite struct BytePathTests {
    /// A folder whose name is no UTF-8, neither are those of the files in it.
    private func inFolder(_ script: String) throws -> Outcome {
        try Earshot.shell(
            """
            folder=$(mktemp -d)/$'caf\\xe9'; mkdir "$folder"; trap 'rm -rf "${folder%/*}"' EXIT
            cp Fixtures/icmp/echo.pcap "$folder"/$'a\\xff.pcap'; cp Fixtures/icmp/echo.pcap "$folder"/$'\\xf4\\x8f\\xbf\\xa9'
            fixtures=$PWD/Fixtures; cd "$folder"
            \(script)
            """)
    }

    @Test func readingAndWriting() throws {
        let outcome = try inFolder(
            #"""
            "$EARSHOT" read --count $'a\xff.pcap'; "$EARSHOT" read --count -r "$folder"/$'a\xff.pcap'
            "$EARSHOT" read --engine libpcap --count $'a\xff.pcap'
            # A character that would stand for such a byte is none.
            "$EARSHOT" read --count $'\xf4\x8f\xbf\xa9'; "$EARSHOT" read --count $'\xa9'; echo "status $?"
            "$EARSHOT" read -w $'\xfe out' $'a\xff.pcap'; cmp $'\xfe out' $'a\xff.pcap' && echo same
            "$EARSHOT" read -w $'\xfe out' $'a\xff.pcap'; echo "status $?"
            "$EARSHOT" read $'\xc3('; echo "status $?"; echo icmp >$'\x80'; "$EARSHOT" read --count -F $'\x80' $'a\xff.pcap'
            "$EARSHOT" follow $'a\xff.pcap' $'host \xff'; echo "status $?"
            """#)
        #expect(outcome.output.split(separator: "\n").filter { $0 == "6 packets" }.count == 5, "\(outcome.output)")
        #expect(
            outcome.output.split(separator: "\n").filter { $0 != "6 packets" } == [
                "status 1", "same", "status 1", "status 1", "status 2",
            ], "\(outcome.output) \(outcome.errors)")
        let errors = outcome.errors.split(separator: "\n").map(String.init)
        try #require(errors.count == 4, "\(outcome.errors)")
        #expect(errors[0] == #"earshot: opening \xa9: No such file or directory"#)
        #expect(errors[1].hasPrefix(#"earshot: creating \xfe out: File exists"#))
        #expect(errors[2] == #"earshot: opening \xc3(: No such file or directory"#)
        #expect(errors[3].hasPrefix(#"earshot: compiling the filter "host \xff""#))
    }

    /// The process that makes the files is told their names as they are.
    @Test(.privileged) func rotation() throws {
        let outcome = try inFolder(
            #"""
            python3 -c 'import struct, sys
            sys.stdout.buffer.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 147))
            for n in range(3): sys.stdout.buffer.write(struct.pack("<IIII", n, 0, 60000, 60000) + bytes(60000))
            ' >big.pcap
            unshare -n sh -c 'ip link set lo up; "$EARSHOT" capture -i lo -C 1 -W 2 -w "$1" udp dst port 9000 2>log & pid=$!
            for i in $(seq 500); do grep -qs listening log && break; sleep 0.01; done
            python3 -c "import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for i in range(1500): s.sendto(bytes(1000), (\"127.0.0.1\", 9000))"
            for i in $(seq 500); do [ -e "${1}1" ] && break; sleep 0.01; done
            kill -INT $pid; wait $pid; echo "status $?"' sh $'r\xff.pcap'
            for file in $'r\xff.pcap'?; do "$EARSHOT" read --count "$file" >/dev/null && echo read; done
            """#)
        #expect(outcome.output == "status 0\nread\nread\n", "\(outcome.errors)")
    }

    /// `run` hands them on.
    @Test(.privileged) func commandsGetTheirWords() throws {
        let outcome = try inFolder(
            #"""
            export WORD=$'env\xff'
            unshare -n "$EARSHOT" run -- sh -c 'printf "%s %s %s" "$1" "$2" "$WORD"' sh $'\xff\xfe' é 2>/dev/null | od -An -tx1
            """#)
        #expect(
            outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                == "ff fe 20 c3 a9 20 65 6e 76 ff", "\(outcome.errors)")
    }
}
