"""Captures of applications that are built, not recorded: a function each, which returns the file's bytes."""
import hashlib
import struct

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


def extension(kind, data):
    return struct.pack("!HH", kind, len(data)) + data


def handshake(kind, body):
    return struct.pack("!I", kind << 24 | len(body)) + body


def records(message, size=16384, version=0x0303):
    """A handshake message in TLS records of `size` bytes at most."""
    pieces = [message[at:at + size] for at in range(0, len(message), size)]
    return b"".join(struct.pack("!BHH", 22, version, len(piece)) + piece for piece in pieces)


def client_hello(name, group=0x11ec, share=1216):
    """With its key share first, as a browser may shuffle it: name and versions lie in the second segment."""
    host = name.encode()
    extensions = (
        extension(51, struct.pack("!HHH", share + 4, group, share) + bytes(i % 251 for i in range(share)))
        + extension(16, b"\0\x0c\x02h2\x08http/1.1") + extension(10, struct.pack("!HHH", 4, group, 29))
        + extension(21, bytes(200)) + extension(0, struct.pack("!HBH", len(host) + 3, 0, len(host)) + host)
        + extension(43, b"\x04\x03\x04\x03\x03"))
    return handshake(1, struct.pack("!H", 0x0303) + bytes(range(32)) + b"\x20" + bytes(32) + b"\0\x04\x13\x01\x13\x02\x01\0"
                     + struct.pack("!H", len(extensions)) + extensions)


def hello_retry_request(group):
    extensions = extension(43, b"\x03\x04") + extension(51, struct.pack("!H", group))
    return handshake(2, struct.pack("!H", 0x0303) + hashlib.sha256(b"HelloRetryRequest").digest() + b"\x20" + bytes(32)
                     + b"\x13\x01\0" + struct.pack("!H", len(extensions)) + extensions)


def tls_segments():
    """A hello over two segments, of which the first comes twice; it is refused, sent in several records, and fails."""
    talk = Talk(server_port=443)
    frames = talk.handshake()
    hello = records(client_hello("www.example.org"), version=0x0301)
    start = talk.numbers[0]
    frames += [talk.segment(0, "A", hello[:1448]), talk.segment(0, "A", hello[:1448], seq=start),
               talk.segment(0, "PA", hello[1448:]), talk.segment(1, "A")]
    frames.append(talk.segment(1, "PA", records(hello_retry_request(29)) + b"\x14\x03\x03\0\x01\x01"))
    again = b"\x14\x03\x03\0\x01\x01" + records(client_hello("www.example.org", 29, 32), size=200)
    # Cut in the header of the second record.
    frames += [talk.segment(0, "PA", again[:213]), talk.segment(0, "PA", again[213:])]
    frames += [talk.segment(1, "PA", b"\x15\x03\x03\0\x02\x02\x28"), talk.segment(1, "FA"), talk.segment(0, "FA"),
               talk.segment(1, "A")]
    return pcap(frames)


def dns_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def dns_message(name, flags=0x0100, answers=()):
    """A question of type A, and addresses."""
    data = struct.pack("!HHHHHH", 0x3c4d, flags, 1, len(answers), 0, 0) + dns_name(name) + b"\0\x01\0\x01"
    for address in answers:
        data += b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + packed(address)
    return struct.pack("!H", len(data)) + data


def dns_segments():
    """Over TCP: the length alone, then the query; an answer over three segments, and behind it one that failed."""
    talk = Talk(server_port=53)
    frames = talk.handshake()
    query = dns_message("www.example.org") + dns_message("nowhere.example.org")
    frames += [talk.segment(0, "PA", query[:2]), talk.segment(0, "PA", query[2:])]
    answer = dns_message("www.example.org", 0x8180, ["192.0.2.1", "192.0.2.2"])
    answer += dns_message("nowhere.example.org", 0x8183)
    frames += [talk.segment(1, "PA", answer[:2]), talk.segment(1, "A", answer[2:40]), talk.segment(1, "PA", answer[40:])]
    frames += [talk.segment(0, "FA"), talk.segment(1, "FA"), talk.segment(0, "A")]
    return pcap(frames)


def http_segments():
    """A request cut in its method and in its headers, and the answer's status cut from its reason; a body of bytes."""
    talk = Talk(server_port=80)
    frames = talk.handshake()
    request = b"GET /" + b"a" * 40 + b" HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n"
    frames += [talk.segment(0, "PA", request[:2]), talk.segment(0, "PA", request[2:70]), talk.segment(0, "PA", request[70:])]
    body = bytes.fromhex("1f8b0800000000000003") + bytes(range(128, 148))
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 30\r\n\r\n" + body
    frames += [talk.segment(1, "A", answer[:15]), talk.segment(1, "PA", answer[15:-10]), talk.segment(1, "PA", answer[-10:])]
    frames += [talk.segment(0, "FA"), talk.segment(1, "FA"), talk.segment(0, "A")]
    return pcap(frames)


#: Path below Fixtures, and what makes it.
SCENARIOS = {
    "http/pipelined.pcap": http_pipelined,
    "dns/text.pcap": dns_text,
    "dhcp/overload.pcap": dhcp_overload,
    "icmp/extensions.pcap": icmp_extensions,
    "http/other-ports.pcap": other_ports,
    "tls/segments.pcap": tls_segments,
    "dns/segments.pcap": dns_segments,
    "http/segments.pcap": http_segments,
}
