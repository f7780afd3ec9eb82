import Testing

/// Names that others chose, in everything that is said.
@Suite(.serialized) struct ChosenNamesTests {
    private static let links = """
        veth
        hostile=$'ev\\x1b[31mx'; long=an-alternative-name-longer-than-a-name-may-be-$(printf '%060d' 1)
        ip link add "$hostile" type veth peer name p3; ip link set "$hostile" up; ip link set p3 up
        ip link property add dev v0 altname alt0; ip link property add dev v0 altname "$long"
        ip link property add dev v0 altname $'al\\x1b\\u202et'
        ip addr add 10.77.0.1/24 dev v0; ip addr add 10.77.0.2/24 dev v1

        """

    /// Words of a command, and what it says of the name in them.
    @Test(
        .privileged,
        arguments: [
            (#"capture -i "$hostile" --duration 0.1"#, #"listening on ev\x1b[31mx, link-type EN10MB"#),
            (#"capture -i $'no\nsuch\x1b'"#, #"looking for interface no\nsuch\x1b: No such device"#),
            (#"capture -i nosuch"#, #"ev\x1b[31mx"#),
            (#"capture -i lo $'\x1b[31m'"#, #"compiling the filter "\x1b[31m""#),
            (#"capture -i lo -c 1 -w $'no\x1b/f'"#, #"no\x1b"#),
            (#"capture -i lo -Z $'x\x1b'"#, #"looking for user x\x1b"#),
            (#"capture --netns $'x\x1by'"#, #"entering the network namespace x\x1by"#),
            (#"read --engine $'x\x1b'"#, #"\x1b"#), (#"capture $'--no\x1b'"#, #"Unknown option '--no\x1b'"#),
            (#"read $'no\n\x1b[31m'"#, #"opening no\n\x1b[31m: No such file"#),
            (#"read $'broken\x1b'"#, #"opening broken\x1b, byte 0: not a savefile"#),
            (#"follow -F $'x\x1by' z"#, #"opening x\x1by"#),
            (#"ladder -i "$hostile" --stream $'x\x1b'"#, #"'x\x1b'"#),
            (#"run -i "$hostile" -- $'no\x1bsuch'"#, #"running no\x1bsuch: No such file"#),
            (#"ping -c 1 $'a\x1bb'"#, #"looking up a\x1bb"#), (#"ping -c 1 -I $'a\x1bb' 10.77.0.1"#, #"a\x1bb"#),
            (#"ping -c 1 -W 0.1 -I "$hostile" 10.77.0.1"#, #"ev\x1b[31mx"#),
            (#"trace $'a\x1bb'"#, #"looking up a\x1bb"#), (#"sweep $'x\x1b/24'"#, #"x\x1b/24: an address"#),
            (#"greet connect --host $'x\x1b'"#, #"looking up x\x1b"#),
            (#"interfaces"#, #"ev\x1b[31mx  up"#), (#"interfaces"#, #"  altname al\x1b\u{202e}t"#),
        ])
    func areEscaped(words: String, saying: String) throws {
        let outcome = try Namespace.run(
            Self.links + """
                echo junk >$'broken\\x1b'
                "$EARSHOT" \(words) >out 2>&1 </dev/null
                cat >wanted <<'END'
                \(saying)
                END
                grep -qFf wanted out && echo said
                LC_ALL=C grep -qP '[\\x00-\\x08\\x0b-\\x1f\\x7f]|\\xe2\\x80\\xae' out && echo raw
                [ "$(grep -c '^such\\|^.\\[31m' out)" = 0 ] || echo forged
                cat out >&2
                """)
        #expect(outcome.output == "said\n", "\(outcome.errors)")
    }

    @Test(.privileged, arguments: ["alt0", "$long"])
    func anAlternativeNameIsAName(name: String) throws {
        let outcome = try Namespace.run(
            Self.links + """
                "$EARSHOT" capture -i \(name) -c 3 -w out.pcapng udp port 9000 2>log & pid=$!
                listening log; send v1 200 3; wait $pid; echo "status $?"
                grep -o "listening on \(name)," log | wc -l
                "$EARSHOT" read --count out.pcapng
                "$EARSHOT" ladder -i \(name) --duration 0.1 >/dev/null 2>&1; echo "status $?"
                "$EARSHOT" capture -i \(name) -d udp | head -1 | cut -c1-5
                "$EARSHOT" ping -c 1 -q -I \(name) 10.77.0.1 | grep -c received
                """)
        #expect(outcome.output == "3\nstatus 0\n1\n3 packets\nstatus 0\n(000)\n1\n", "\(outcome.errors)")
    }
}
