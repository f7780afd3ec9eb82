"""Taking savefiles apart and making others of them, for tests that feed the program what no program writes."""
import os
import struct

PCAPNG_MAGIC = b"\n\r\r\n"


def captures(folder):
    """Every savefile under a folder, in order."""
    return sorted(os.path.join(path, name) for path, _, names in os.walk(folder) for name in names
                  if name.endswith((".pcap", ".pcapng", ".pcap.gz", ".pcapng.gz")))


def read(path):
    with open(path, "rb") as file:
        return file.read()


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


def pieces(data):
    """Offset and size of the file header and each record of a little-endian pcap, or of each block of a pcapng."""
    found = []
    if data.startswith(PCAPNG_MAGIC):
        order = "little" if data[8:12] == b"\x4d\x3c\x2b\x1a" else "big"
        offset = 0
        while offset + 12 <= len(data):
            size = int.from_bytes(data[offset + 4:offset + 8], order)
            if size < 12:
                break
            found.append((offset, min(size, len(data) - offset)))
            offset += size
    else:
        found.append((0, 24))
        offset = 24
        while offset + 16 <= len(data):
            size = 16 + int.from_bytes(data[offset + 8:offset + 12], "little")
            found.append((offset, min(size, len(data) - offset)))
            offset += size
    return found
