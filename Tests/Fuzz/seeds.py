#!/usr/bin/env python3
"""Makes the seed corpora of the fuzz targets from the fixtures: seeds.py FIXTURES OUT

OUT/frame gets every frame behind its link type (LINKTYPE_LINUX_SLL2, 276, as 20) and two bytes of choices, once for
every output and with all of its options in turn, OUT/pcap and OUT/pcapng the files as they are and as files of the
other kind, OUT/text conversations of greetings and of bytes that a terminal must not see, OUT/replies what probes are
answered.
"""
import hashlib
import itertools
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "Support"))
from savefiles import PCAPNG_MAGIC, captures, pcap, pcapng, read, records  # noqa: E402

HOSTILE = (b"\x1b[2J\x9b\x07", b"\xc2\x9b31m\xc2\x85", "\u202etxt.exe\u2066\u061c".encode(), b"\x7f\x00\t\r\n\\\"",
           b"\xff\xfe\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80", "Zoë 你好 👩‍🚀 e\u0301 \u2028".encode())
GREETING = ((0x02, b""), (0x05, b""), (0x06, b""), (0x01, b"Welcome!"), (0x00, b"Michael"), (0x01, b"Hello, Michael!"),
            (0x00, b"exit"), (0x08, b""), (0x09, b""))


def save(folder, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, hashlib.sha1(data).hexdigest()), "wb") as file:
        file.write(data)


# What the lower bits of the choices lead to: outputs of one frame, and those that look at several.
OUTPUTS, REPORT, FRAGMENTS = range(7), 6, 7
SEVERAL = [FRAGMENTS] + [REPORT | options << 3 for options in range(32) if options & 3]


def options():
    """All options of an output, in turn."""
    number = 0
    while True:
        yield number % 32 << 3
        number += 5


def conversation(choices, port, transport, steps):
    return bytes((choices, port, transport)) + b"".join(
        bytes((control, len(said))) + said for control, said in steps)


def replies(out):
    """Right answers, errors with RFC 4884 extensions, and spoilt ones, to every kind of probe."""
    errors = [bytes((3, code, mtu >> 8, mtu & 255, extension, 9)) for code in (0, 1, 3, 4, 13)
              for mtu in (0, 1280, 1400) for extension in (0, 32)]
    errors += [bytes((kind, code, 5, 120, 0, 2)) for kind in (1, 2, 11) for code in (0, 1, 4)]
    mpls = bytes((11, 0, 0, 0, 32, 7)) + bytes(range(32)) + bytes.fromhex("2000 0000 0008 0101 0001 31ff".replace(" ", ""))
    for first in range(16):
        for control in (0, 0x10, 0x08, 0x20, 0x30, 0x40, 0x80):
            for edits in (b"", b"\x08\x01", b"\x14\xff", b"\xff\x07", b"\xff\x10", b"\xfe\x00" * 40, b"\x06\x01"):
                save(out, bytes((first,)) + bytes((control, len(edits))) + edits + b"\x00\x00" * 2)
        for error in errors:
            save(out, bytes((first, 1, len(error))) + error + bytes((2, len(error))) + error + b"\x00\x00")
        save(out, bytes((first, 5, len(mpls))) + mpls + bytes((1, 6)) + mpls[:6])
        save(out, bytes((first, 3, 6, 0, 0, 0, 1, 0, 0, 0, 0)))


def main():
    fixtures, out = sys.argv[1:]
    option = options()
    several = itertools.cycle(SEVERAL)
    for path in captures(fixtures):
        data = read(path)
        if len(data) > 1 << 16:
            continue
        save(os.path.join(out, "pcapng" if data.startswith(PCAPNG_MAGIC) else "pcap"), data)
        if data[:4] != b"\xd4\xc3\xb2\xa1" or "/malformed/" in path:
            continue
        link_type, packets = records(data)
        first = 20 if link_type == 276 else link_type & 0xff
        for _, body, original in packets:
            cut = min(127, original - len(body))
            for output in OUTPUTS:
                choices = output | next(option)
                if choices not in SEVERAL:
                    save(os.path.join(out, "frame"), bytes((first, cut, choices)) + body)
        for start in range(0, len(packets), 8):
            pieces = b"".join(struct.pack(">H", len(body)) + body for _, body, _ in packets[start:start + 8])
            for choices in (FRAGMENTS, next(several), next(several), next(several)):
                save(os.path.join(out, "frame"), bytes((first, 0, choices)) + pieces)
        for order in "<>":
            save(os.path.join(out, "pcapng"), pcapng(order, link_type, packets[:3]))
            for magic in (0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34):
                save(os.path.join(out, "pcap"), pcap(order, magic, link_type, packets[:3]))
    replies(os.path.join(out, "replies"))
    for transport in range(4):
        for output in OUTPUTS:
            for _ in range(4):
                save(os.path.join(out, "text"), conversation(output | next(option), 0, transport, GREETING))
        for port in range(8):
            for said in HOSTILE:
                steps = [(control, body or said) for control, body in GREETING[:4]] + [(0, said), (1, said)]
                for output in OUTPUTS:
                    save(os.path.join(out, "text"), conversation(output | next(option), port, transport, steps))


if __name__ == "__main__":
    main()
