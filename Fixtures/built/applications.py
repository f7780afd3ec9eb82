"""Captures of applications that are built, not recorded: a function each, which returns the file's bytes."""
from packets import *


def http_pipelined():
    """Requests sent without waiting, and answers of every kind of body in one segment."""
    talk = Talk()
    frames = talk.handshake()
    frames.append(talk.segment(0, "PA", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
                               b"GET /b HTTP/1.1\r\nHost: a\r\n\r\nHEAD /c HTTP/1.1\r\nHost: a\r\n\r\n"))
    frames.append(talk.segment(1, "PA", b"HTTP/1.1 100 Continue\r\n\r\n"
                               b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nmade"
                               b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n0\r\n\r\n"
                               b"HTTP/1.1 404 Not Found\r\nContent-Length: 9000\r\n\r\n"))
    frames.append(talk.segment(0, "A"))
    return pcap(frames)


def name(text):
    """A domain name; labels are bytes joined by slashes."""
    return b"".join(bytes([len(label)]) + label for label in text.split(b"/")) + b"\0"


def record(owner, kind, data, ttl=60, record_class=1):
    return owner + struct.pack("!HHIH", kind, record_class, ttl, len(data)) + data


def dns_answer(number, code, question, records):
    """An answer with an OPT record, which holds the upper bits of the code."""
    option = record(b"\0", 41, b"", code >> 4 << 24, 1232)
    head = struct.pack("!HHHHHH", number, 0x8000 | code & 15, 1, len(records), 0, 1)
    message = head + question + b"".join(records) + option
    return ethernet(ip(SERVER, CLIENT, 17, udp(SERVER, CLIENT, 53, 40000, message)))


def dns_text():
    """Codes above 15, names that need escapes, and records whose data are texts."""
    def ask(owner, kind):
        return name(owner) + struct.pack("!HH", kind, 1)
    here = b"\xc0\x0c"
    texts = b"".join(bytes([len(text)]) + text for text in (b"v=spf1", b"", b'-all "\\"', b"\xff"))
    binding = b"\0\1\0" + b"\0\1\0\6\2h3\2h2" + b"\0\4\0\4\xc0\0\2\1"
    pointer = b"\0\x64\0\x0a\1u\7E2U+sip\7!^.*$!x\0"
    return pcap([
        dns_answer(1, 23, ask(b"e/example", 1), []),
        dns_answer(2, 16, ask(b"a.b/x\\y/\n\xff/example", 1), []),
        dns_answer(3, 0, ask("Zo\u00eb's printer".encode() + b"/local", 16), [record(here, 16, texts)]),
        dns_answer(4, 0, ask(b"www/example", 65), [record(here, 65, binding)]),
        dns_answer(5, 0, ask(b"example", 257), [record(here, 257, b"\x80\5issueca.example")]),
        dns_answer(6, 0, ask(b"example", 35), [record(here, 35, pointer)]),
    ])


def dhcp_overload():
    """Options in the fields of boot file and server name, one of them in three pieces."""
    def message(options, boot_file=b"", server_name=b""):
        head = struct.pack("!BBBBIHH", 2, 1, 6, 0, 0x1a2b3c4d, 0, 0x8000) + bytes(4) + packed("10.0.0.5") + bytes(8)
        head += bytes.fromhex("020000000001") + bytes(10) + server_name.ljust(64, b"\0") + boot_file.ljust(128, b"\0")
        data = udp(SERVER, "255.255.255.255", 67, 68, head + bytes.fromhex("63825363") + options)
        return ethernet(ip(SERVER, "255.255.255.255", 17, data), destination="ff:ff:ff:ff:ff:ff")
    return pcap([
        message(b"\x35\1\2\x34\1\3\x0f\4long\xff", b"\x33\4\0\0\x0e\x10\x0f\3.ex\xff",
                b"\3\4\x0a\0\0\xfe\x0f\5ample\xff"),
        message(b"\x34\1\2\xff", b"boot.img", b"\x35\1\5\xff"),
    ])


def icmp_extensions():
    """What routers add to errors, and the extended echo that asks for an interface."""
    def message(data, source="10.0.0.9"):
        data = data[:2] + struct.pack("!H", checksum(data)) + data[4:]
        return ethernet(ip(source, CLIENT, 1, data))
    def extensions(*objects):
        data = bytes([0x20, 0, 0, 0]) + b"".join(struct.pack("!HBB", len(body) + 4, *kind) + body for kind, body in objects)
        return data[:2] + struct.pack("!H", checksum(data)) + data[4:]
    quote = ip(CLIENT, SERVER, 17, udp(CLIENT, SERVER, 1000, 33434, b"x" * 40), ttl=1)
    labels = (1, 1), bytes.fromhex("03e80aff03e84101")
    interface = (2, 0x0f), struct.pack("!IHH4s", 7, 1, 0, packed("10.0.0.9")) + b"\6eth0\0\0\0" + struct.pack("!I", 1500)
    return pcap([
        message(b"\x0b\0\0\0\0\x20\0\0" + quote.ljust(128, b"\0") + extensions(labels, interface, ((9, 1), b"?"))),
        message(b"\x0b\0\0\0\0\x11\0\0" + quote + extensions(labels)),
        message(b"\x0b\0\0\0\0\0\0\0" + quote.ljust(128, b"\0") + extensions(labels)),
        message(b"\x2a\0\0\0\0\x4d\3\1" + extensions(((3, 2), struct.pack("!I", 7)))),
        message(b"\x2b\0\0\0\0\x4d\3\x46", SERVER),
    ])


def other_ports():
    """HTTP and TLS on port 53, DNS on port 80, and what is none of them."""
    def talk(port, payload, number):
        one = Talk(server_port=port, client_port=40000 + number)
        return one.handshake() + [one.segment(0, "PA", payload)]
    question = struct.pack("!HHHHHH", 0x1a2b, 0x0100, 1, 0, 0, 0) + name(b"www/example") + struct.pack("!HH", 1, 1)
    hello = bytes.fromhex("160301002d010000290303") + bytes(32) + bytes.fromhex("00000213010100")
    payloads = [(53, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (53, hello), (53, b"SSH-2.0-x\r\n"),
                (80, struct.pack("!H", len(question)) + question), (80, b"SSH-2.0-x\r\n")]
    frames = [frame for number, (port, payload) in enumerate(payloads) for frame in talk(port, payload, number)]
    frames.append(ethernet(ip(CLIENT, SERVER, 17, udp(CLIENT, SERVER, 40000, 53, b"\1\0\0\0" + bytes(range(144, 200))))))
    return pcap(frames)


#: Path below Fixtures, and what makes it.
SCENARIOS = {
    "http/pipelined.pcap": http_pipelined,
    "dns/text.pcap": dns_text,
    "dhcp/overload.pcap": dhcp_overload,
    "icmp/extensions.pcap": icmp_extensions,
    "http/other-ports.pcap": other_ports,
}
