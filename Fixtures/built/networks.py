"""Captures of networks that are built, not recorded: a function each, which returns the file's bytes."""
from packets import *

ROUTER = "10.0.0.254"


def icmp(kind, code, rest, quoted, source=ROUTER):
    """An ICMP error of `source`, which quotes the IP header of a frame and eight bytes."""
    body = struct.pack("!BBHI", kind, code, 0, rest) + quoted[14:42]
    return ethernet(ip(source, CLIENT, 1, body[:2] + struct.pack("!H", checksum(body)) + body[4:]))


def router():
    """What a router says of a connection's segments, and what the server says of a datagram."""
    talk = Talk()
    frames = talk.handshake()
    data = talk.segment(0, "PA", b"x" * 1400)
    gateway = int.from_bytes(packed("10.0.0.253"), "big")
    question = ethernet(ip(CLIENT, SERVER, 17, udp(CLIENT, SERVER, 40001, 9, b"hi")))
    frames += [data, icmp(5, 1, gateway, data), icmp(3, 4, 1300, data), icmp(3, 1, 0, data), question,
               icmp(3, 3, 0, question, SERVER)]
    return pcap(frames)


def midstream():
    """Keep-alive requests to a port that no one knows, from a capture that begins between them: the server's ACK is
    first. Below it another conversation with the same server, of which nothing tells but that this answers a SYN."""
    talk = Talk(client_port=45000, server_port=44000)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    frames = [talk.segment(1, "A"), talk.segment(1, "PA", b"..."), talk.segment(0, "A"),
              talk.segment(0, "PA", b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), talk.segment(1, "PA", answer)]
    other = Talk(client_port=46000, server_port=45900)
    frames += [other.segment(1, "PA", b"tick"), other.segment(0, "A"), other.segment(0, "PA", b"tock")]
    third = Talk(client="10.0.0.3", client_port=47000, server_port=45900)
    return pcap(frames + third.handshake())


#: Path below Fixtures, and what makes it.
SCENARIOS = {
    "icmp/router.pcap": router,
    "tcp/midstream.pcap": midstream,
}
