#!/usr/bin/env python3
"""Prints what a little-endian pcapng holds: packets, drops as packets tell them, received and dropped as the
statistics block does.
"""
import struct, sys
data = open(sys.argv[1], "rb").read()
at = packets = lost = 0
statistics = {}
def options(start, end):
    while start + 4 <= end:
        code, length = struct.unpack_from("<HH", data, start)
        if code == 0: return
        yield code, data[start + 4:start + 4 + length]
        start += 4 + (length + 3 & ~3)
while at < len(data):
    kind, length = struct.unpack_from("<II", data, at)
    assert struct.unpack_from("<I", data, at + length - 4)[0] == length
    if kind == 6:
        packets += 1
        captured, = struct.unpack_from("<I", data, at + 20)
        for code, value in options(at + 28 + (captured + 3 & ~3), at + length - 4):
            if code == 4: lost += struct.unpack("<Q", value)[0]
    if kind == 5:
        for code, value in options(at + 20, at + length - 4):
            if code in (4, 5): statistics[code] = struct.unpack("<Q", value)[0]
    at += length
print(packets, lost, statistics.get(4), statistics.get(5))
