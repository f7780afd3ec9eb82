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


def logged(family, group, attributes, order="<"):
    """A packet that a firewall's rule logs: its attributes in the order of the host that captured."""
    data = struct.pack("!BBH", family, 0, group)
    for kind, value in attributes:
        data += struct.pack(order + "HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
    return data


def nflog():
    """A datagram and its answer as two rules log them, one with a prefix, the other on a big-endian host; a segment over
    IPv6; and a packet of a family that is not decoded."""
    question = ip(CLIENT, SERVER, 17, udp(CLIENT, SERVER, 40001, 9999, b""))
    answer = ip(SERVER, CLIENT, 17, udp(SERVER, CLIENT, 9999, 40001, b"Welcome!"))
    six = "2001:db8::1", "2001:db8::2"
    opening = ip(*six, 6, tcp(*six, 40002, 80, "S"))
    number = lambda value: struct.pack("!I", value)
    return pcap([
        logged(2, 42, [(1, b"\x08\x00\x03\x00"), (10, b"dropped: \0"), (5, number(2)), (11, number(1000)),
                       (14, number(100)), (9, question)]),
        logged(2, 42, [(4, number(2)), (2, number(7)), (12, number(1)), (9, answer)], ">"),
        logged(10, 7, [(1, b"\x86\xdd\x01\x00"), (4, number(3)), (9, opening)]),
        logged(7, 7, [(9, b"\x01\x02\x03\x04")]),
    ], link_type=239)


def vntag():
    """A greeting's first two segments between a virtual machine and its switch, the second in a VLAN within the tag; and a
    frame for a list of ports that comes back to where it was sent from."""
    talk = Talk()
    opening, answer, _ = talk.handshake()

    def tagged(frame, first, second):
        return frame[:12] + struct.pack("!HHH", 0x8926, first, second) + frame[12:]

    within = answer[:12] + struct.pack("!HH", 0x8100, 5) + answer[12:]
    return pcap([tagged(opening, 0, 12), tagged(within, 0x8000 | 12, 0), tagged(opening, 0xc000 | 300, 0x8000 | 12)])


#: Path below Fixtures, and what makes it.
SCENARIOS = {
    "icmp/router.pcap": router,
    "link/nflog.pcap": nflog,
    "link/vntag.pcap": vntag,
    "tcp/midstream.pcap": midstream,
}
