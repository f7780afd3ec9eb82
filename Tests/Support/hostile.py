#!/usr/bin/env python3
"""Writes captures of peers that say what a terminal must not see: hostile.py FOLDER

Each payload and name below goes into greetings over TCP and UDP, into names and texts of application protocols, and
into the names and comments of a pcapng.
"""
import os
import socket
import struct
import sys

from savefiles import block, pcap

SAYINGS = (
    b"\x1b[2J\x1b]0;title\x07\x1b[31mred", bytes(range(0x20)), b"\x7f\x7f del", bytes(range(0x80, 0xa0)),
    bytes(range(0xa0, 0x100)), "\u0080\u0085\u009b31m\u009f".encode(),
    "\u202e\u202dexe.txt\u202a\u202b\u202c\u2066\u2067\u2068\u2069\u200e\u200f\u061c".encode(),
    "\u2028\u2029\u00a0\u200b\ufeff\u00ad".encode(), b"\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xf8\x88\x80\x80\x80",
    b"two\nlines\r\nand a\ttab", b"\"quotes\" \\ and ` $(id)", "Zo\u00eb \u4f60\u597d e\u0301 \U0001f44b".encode(),
    b"cut \xf0\x9f\x91", "\ue000\uffff\U000e0041\U0010ffff".encode())


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(protocol, source, destination, body):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(destination))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def udp(source, destination, payload, ends=("192.0.2.1", "192.0.2.2")):
    return ipv4(17, *ends, struct.pack("!HHHH", source, destination, 8 + len(payload), 0) + payload)


class Connection:
    """Segments of one TCP connection from 192.0.2.1, the client, to a port of 192.0.2.2."""

    def __init__(self, client, server):
        self.ports, self.sequence, self.frames = (client, server), [1000, 5000], []
        self.send(0, 0x02)
        self.send(1, 0x12)
        self.send(0, 0x10)

    def send(self, side, flags=0x18, payload=b""):
        ends = ("192.0.2.1", "192.0.2.2")
        head = struct.pack("!HHIIBBHHH", self.ports[side], self.ports[1 - side], self.sequence[side],
                           self.sequence[1 - side] if flags & 0x10 else 0, 0x50, flags, 502, 0, 0)
        self.frames.append(ipv4(6, ends[side], ends[1 - side], head + payload))
        self.sequence[side] += len(payload) + (1 if flags & 3 else 0)


def greetings():
    frames = []
    for number, said in enumerate(SAYINGS):
        connection = Connection(40000 + number, 9999)
        connection.send(1, payload=b"Welcome!")
        connection.send(0, payload=said)
        connection.send(1, payload=b"Hello, " + said + b"!")
        connection.send(1, payload=said)
        connection.send(0, 0x11)
        frames += connection.frames
        frames += [udp(41000 + number, 9999, said), udp(9999, 41000 + number, b"Hello, " + said + b"!")]
    return frames


def strangers():
    """The same bytes where no protocol is known, and where a port promises one that they are not."""
    frames = []
    for number, said in enumerate(SAYINGS):
        for port in (7000, 21, 25, 53, 67, 123, 137, 443, 1900, 5353):
            frames.append(udp(42000 + number, port, said))
            frames.append(udp(port, 42000 + number, said))
        for port in (80, 443, 53, 7000):
            connection = Connection(43000 + number * 10 + port % 7, port)
            connection.send(0, payload=said)
            connection.send(1, payload=said)
            frames += connection.frames
    return frames


def dns(said, port):
    def name(labels):
        return b"".join(bytes((len(label[:63]),)) + label[:63] for label in labels) + b"\0"

    question = name((said, b"example")) + struct.pack("!HH", 16, 1)
    query = struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + question
    records = b""
    for kind, data in ((16, bytes((len(said),)) + said), (5, name((said,))), (12, name((b"www", said))),
                       (33, struct.pack("!HHH", 1, 2, 3) + name((said,))), (257, b"\0\5issue" + said)):
        records += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    answer = struct.pack("!HHHHHH", 7, 0x8180, 1, 5, 0, 0) + question + records
    return [udp(44000, port, query), udp(port, 44000, answer)]


def dhcp(said):
    fixed = struct.pack("!BBBBIHH4s4s4s4s", 1, 1, 6, 0, 9, 0, 0, *[bytes(4)] * 4) + bytes(16)
    fixed += said[:60].ljust(64, b"\0") + said[:100].ljust(128, b"\0") + b"\x63\x82\x53\x63"
    options = b"\x35\x01\x01" + b"".join(
        bytes((code, len(said[:200]))) + said[:200] for code in (12, 15, 60, 61, 66, 67, 77, 81, 119)) + b"\xff"
    return [udp(68, 67, fixed + options, ("0.0.0.0", "255.255.255.255"))]


def http(said, number):
    connection = Connection(45000 + number, 80)
    connection.send(0, payload=b"GET /" + said + b" HTTP/1.1\r\nHost: " + said + b"\r\nUser-Agent: " + said + b"\r\n\r\n")
    connection.send(1, payload=b"HTTP/1.1 200 " + said + b"\r\nServer: " + said + b"\r\nContent-Type: " + said + b"\r\n\r\n")
    return connection.frames


def tls(said, number):
    name = b"\0" + struct.pack("!H", len(said)) + said
    server_name = struct.pack("!HHH", 0, len(name) + 2, len(name)) + name
    protocols = bytes((len(said),)) + said
    application = struct.pack("!HHH", 16, len(protocols) + 2, len(protocols)) + protocols
    extensions = server_name + application
    hello = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0" + struct.pack("!H", len(extensions)) + extensions
    message = b"\x01" + len(hello).to_bytes(3, "big") + hello
    connection = Connection(46000 + number, 443)
    connection.send(0, payload=b"\x16\x03\x01" + struct.pack("!H", len(message)) + message)
    return connection.frames


def applications():
    frames = []
    for number, said in enumerate(SAYINGS):
        frames += dns(said, 53) + dns(said, 5353) + dhcp(said) + http(said, number) + tls(said, number)
    return frames


def named_pcapng():
    """Sections, interfaces and packets whose names and comments are hostile."""
    def option(code, value):
        return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)

    blocks = b""
    for said in SAYINGS:
        texts = option(1, said) + option(2, said) + option(3, said) + option(4, said)
        blocks += block("<", 0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1) + texts + bytes(4))
        blocks += block("<", 1, struct.pack("<HHI", 101, 0, 0) + texts + option(12, said) + bytes(4))
        record = struct.pack("!4s", socket.inet_aton("192.0.2.1")) + said.replace(b"\0", b"") + b"\0"
        blocks += block("<", 4, struct.pack("<HH", 1, len(record)) + record + bytes(-len(record) % 4 + 4))
        packet = udp(9999, 40000, said)
        body = packet + bytes(-len(packet) % 4) + option(1, said) + option(1, said[::-1]) + bytes(4)
        blocks += block("<", 6, struct.pack("<IIIII", 0, 0, 0, len(packet), len(packet)) + body)
    return blocks


def main():
    folder = sys.argv[1]
    for title, frames in (("greetings", greetings()), ("strangers", strangers()), ("applications", applications())):
        packets = [(1_700_000_000_000_000 + 1000 * number, frame, len(frame)) for number, frame in enumerate(frames)]
        with open(os.path.join(folder, f"{title}.pcap"), "wb") as file:
            file.write(pcap("<", 0xa1b2c3d4, 101, packets))
        print(f"{title}.pcap {len(frames)}")
    with open(os.path.join(folder, "names.pcapng"), "wb") as file:
        file.write(named_pcapng())
    print(f"names.pcapng {len(SAYINGS)}")


if __name__ == "__main__":
    main()
