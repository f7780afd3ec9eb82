#!/usr/bin/env python3
"""Makes the seed corpora of the fuzz targets from the fixtures: seeds.py FIXTURES OUT

OUT/frame gets every frame behind its link type (LINKTYPE_LINUX_SLL2, 276, as 20) and two bytes of choices, OUT/pcap
and OUT/pcapng the files as they are and as files of the other kind, OUT/text conversations of greetings and of bytes
that a terminal must not see.
"""
import hashlib
import os
import struct
import sys

HOSTILE = (b"\x1b[2J\x9b\x07", b"\xc2\x9b31m\xc2\x85", "\u202etxt.exe\u2066\u061c".encode(), b"\x7f\x00\t\r\n\\\"",
           b"\xff\xfe\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80", "Zoë 你好 👩‍🚀 e\u0301 \u2028".encode())
GREETING = ((0x02, b""), (0x05, b""), (0x06, b""), (0x01, b"Welcome!"), (0x00, b"Michael"), (0x01, b"Hello, Michael!"),
            (0x00, b"exit"), (0x08, b""), (0x09, b""))


def save(folder, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, hashlib.sha1(data).hexdigest()), "wb") as file:
        file.write(data)


def records(data):
    """Link type, and time, captured bytes and original length of each packet of a little-endian pcap."""
    link_type = struct.unpack_from("<I", data, 20)[0]
    found = []
    offset = 24
    while offset + 16 <= len(data):
        seconds, fraction, captured, original = struct.unpack_from("<IIII", data, offset)
        found.append((seconds * 1_000_000 + fraction, data[offset + 16:offset + 16 + captured], original))
        offset += 16 + captured
    return link_type, found


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def pcapng(order, link_type, packets):
    """Two sections: enhanced packets with names and comments, then simple and obsolete ones and what is skipped."""
    def option(code, value):
        return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)

    end = option(0, b"")
    section = struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1)
    interface = struct.pack(order + "HHI", link_type, 0, 262144)
    blocks = [block(order, 0x0a0d0d0a, section + option(4, b"earshot") + end),
              block(order, 1, interface + option(2, b"lo") + option(9, b"\x09") + end),
              block(order, 1, interface + option(2, b"\x1b[2J") + option(9, b"\x8a") + option(14, bytes(8)) + end)]
    for number, (time, body, original) in enumerate(packets):
        head = struct.pack(order + "IIIII", number % 2, time >> 32, time & 0xffffffff, len(body), original)
        blocks.append(block(order, 6, head + body + bytes(-len(body) % 4) + option(1, b"a comment") + end))
    blocks.append(block(order, 5, struct.pack(order + "III", 0, 0, 0) + option(4, bytes(8)) + end))
    blocks.append(block(order, 4, struct.pack(order + "HH", 1, 9) + b"\x7f\0\0\1host\0" + bytes(3) + end))
    blocks.append(block(order, 0xbad, struct.pack(order + "I", 32473) + b"custom"))
    blocks.append(block(order, 0x0a0d0d0a, section))
    blocks.append(block(order, 1, interface))
    for time, body, original in packets:
        blocks.append(block(order, 3, struct.pack(order + "I", original) + body))
        head = struct.pack(order + "HHIIII", 0, 0xffff, time >> 32, time & 0xffffffff, len(body), original)
        blocks.append(block(order, 2, head + body))
    return b"".join(blocks)


def pcap(order, magic, link_type, packets):
    extra = bytes(8) if magic == 0xa1b2cd34 else b""
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link_type)
    return head + b"".join(
        struct.pack(order + "IIII", time // 1_000_000, time % 1_000_000, len(body), original) + extra + body
        for time, body, original in packets)


def conversation(choices, port, transport, steps):
    return bytes((choices, port, transport)) + b"".join(
        bytes((control, len(said))) + said for control, said in steps)


def main():
    fixtures, out = sys.argv[1:]
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(fixtures) for name in names)
    captures = [path for path in paths if path.endswith((".pcap", ".pcapng", ".pcap.gz", ".pcapng.gz"))]
    for path in captures:
        with open(path, "rb") as file:
            data = file.read()
        if len(data) > 1 << 16:
            continue
        save(os.path.join(out, "pcapng" if data.startswith(b"\n\r\r\n") else "pcap"), data)
        if data[:4] != b"\xd4\xc3\xb2\xa1" or "/malformed/" in path:
            continue
        link_type, packets = records(data)
        for number, (_, body, original) in enumerate(packets):
            first = 20 if link_type == 276 else link_type & 0xff
            save(os.path.join(out, "frame"), bytes((first, min(127, original - len(body)), number % 64)) + body)
        for order in "<>":
            save(os.path.join(out, "pcapng"), pcapng(order, link_type, packets[:3]))
            for magic in (0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34):
                save(os.path.join(out, "pcap"), pcap(order, magic, link_type, packets[:3]))
    for transport in range(4):
        for choices in range(0, 64, 9):
            save(os.path.join(out, "text"), conversation(choices, 0, transport, GREETING))
        for port in range(8):
            for said in HOSTILE:
                steps = [(control, body or said) for control, body in GREETING[:4]] + [(0, said), (1, said)]
                save(os.path.join(out, "text"), conversation(port * 9 % 64, port, transport, steps))


if __name__ == "__main__":
    main()
