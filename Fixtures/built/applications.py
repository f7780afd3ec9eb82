"""Captures of applications that are built, not recorded: a function each, which returns the file's bytes."""
import hashlib
import struct

from packets import *


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
    "tls/segments.pcap": tls_segments,
    "dns/segments.pcap": dns_segments,
    "http/segments.pcap": http_segments,
}
