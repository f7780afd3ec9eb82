#!/usr/bin/env python3
"""Makes captures to measure with, and says exactly what is in them.

    workload.py mixed|small|manyflows|bulk --out FILE [--packets N] [--seed S] [--flows N] [--streams N]

mixed      conversations as a network sees them: TCP with handshakes, options, segments displaced and sent twice, FIN
           and RST; DNS and media over UDP, echo, ARP, one and two VLAN tags, fragments, IPv6 extension headers,
           spanning tree
small      frames of 64 bytes, TCP and UDP, of 4,096 conversations
manyflows  as many conversations as may be: half as many as packets, or --flows; a quarter over IPv6
bulk       a few long TCP streams, with segments lost and sent again, displaced, and sent twice; every byte arrives

FILE is classic pcap, little endian, microseconds, Ethernet. FILE.json holds the counts; for bulk also every stream's
length and CRC-32. The same arguments make the same bytes, and a shorter `mixed` is the beginning of a longer one.
Addresses are made up; nothing of this is to be sent. (--addr is accepted: addresses are always spread wide.)
"""
import argparse
import itertools
import json
import math
import random
import struct
import zlib
from collections import Counter

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ROUTER = bytes.fromhex("020000000001")
TAGS = {"vlan": bytes.fromhex("81000064"), "qinq": bytes.fromhex("88a8000a81000065"), None: b""}
ROUTER_ALERT = bytes.fromhex("050200000100")


def ones(data):
    """The sum of data's 16-bit words modulo 65535, which is their one's complement sum."""
    return int.from_bytes(data + b"\0" * (len(data) & 1), "big") % 65535


def complement(total):
    return 0xffff - (total % 65535 or 65535)


class Pair:
    """Two hosts and what lies under their packets: Ethernet, tags, IP. Direction 0 is from the client."""

    def __init__(self, world, v6=False, tag=None):
        r = world.random
        self.counts, self.v6, self.tag = world.counts, v6, tag
        host = r.choice(world.hosts)
        kind = b"\x86\xdd" if v6 else b"\x08\x00"
        self.ethernet = (ROUTER + host + TAGS[tag] + kind, host + ROUTER + TAGS[tag] + kind)
        self.ends = tuple(map(r.choice, world.ends6 if v6 else world.ends4))
        self.addresses = (self.ends[0] + self.ends[1], self.ends[1] + self.ends[0])
        self.sum = ones(self.addresses[0])
        self.identification = r.getrandbits(15)

    def checked(self, protocol, segment, at):
        """The segment with its checksum at offset `at`; ICMP over IPv4 has no pseudo header."""
        pseudo = 0 if protocol == 1 else self.sum + protocol + len(segment)
        value = complement(pseudo + ones(segment))
        if protocol == 17 and value == 0:
            value = 0xffff
        return segment[:at] + value.to_bytes(2, "big") + segment[at + 2:]

    def packet(self, direction, protocol, segment, offset=0x4000, identification=None, extension=b"", first=None):
        """A frame. `extension` are IPv6 extension headers whose first one is of type `first`."""
        if self.tag:
            self.counts[self.tag] += 1
        if self.v6:
            self.counts["ipv6"] += 1
            header = struct.pack("!IHBB", 0x60000000, len(extension) + len(segment),
                                 protocol if first is None else first, 64)
            frame = self.ethernet[direction] + header + self.addresses[direction] + extension + segment
        else:
            self.counts["ipv4"] += 1
            if identification is None:
                self.identification = identification = (self.identification + 1) & 0xffff
            words = 0x4500, 20 + len(segment), identification, offset, 64 << 8 | protocol
            header = struct.pack("!6H", *words, complement(sum(words) + self.sum))
            frame = self.ethernet[direction] + header + self.addresses[direction] + segment
        return frame.ljust(60, b"\0")


def tcp(pair, direction, ports, sequence, acknowledgment, flags, window=501, options=b"", payload=b""):
    pair.counts["tcp"] += 1
    pair.counts["tcp_payload_bytes_sent"] += len(payload)
    header = struct.pack("!HHIIBBHHH", ports[direction], ports[1 - direction], sequence & 0xffffffff,
                         acknowledgment & 0xffffffff, (20 + len(options)) << 2, flags, window, 0, 0)
    return pair.packet(direction, 6, pair.checked(6, header + options + payload, 16))


def datagram(pair, direction, ports, payload):
    header = struct.pack("!4H", ports[direction], ports[1 - direction], 8 + len(payload), 0)
    return pair.checked(17, header + payload, 6)


def udp(pair, direction, ports, payload, **extra):
    pair.counts["udp"] += 1
    return pair.packet(direction, 17, datagram(pair, direction, ports, payload), **extra)


class World:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.counts = Counter()
        self.hosts = [b"\x02" + self.random.randbytes(5) for _ in range(256)]
        # Clients and servers, as many as a network of some size talks with.
        four = lambda: struct.pack("!I", self.random.randrange(0x01000000, 0xe0000000))
        six = lambda: b"\x20\x01\x0d\xb8" + self.random.randbytes(12)
        self.ends4 = ([four() for _ in range(20000)], [four() for _ in range(3000)])
        self.ends6 = ([six() for _ in range(8000)], [six() for _ in range(1500)])
        self.bytes = self.random.randbytes(1 << 17)
        letters = bytes(self.random.choices(b"etaoinshrdlu    \n", k=1 << 15))
        self.text = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + letters
        self.microseconds = 0
        self.taken = set()

    def pair(self, six):
        x = self.random.random()
        return Pair(self, self.random.random() < six, "qinq" if x < 0.02 else "vlan" if x < 0.12 else None)

    def ports(self, pair, server):
        """A client's port that makes the conversation a new one."""
        while True:
            ports = (self.random.randrange(32768, 61000), server)
            if (pair.addresses[0], ports) not in self.taken:
                self.taken.add((pair.addresses[0], ports))
                return ports

    def payload(self, length, at=None):
        at = self.random.randrange(len(self.bytes) - length) if at is None else at
        return self.bytes[at:at + length]

    # ---- mixed ----

    def tcp_conversation(self):
        r, pair = self.random, self.pair(0.22)
        server = r.choices([443, 80, 22, r.randrange(20000, 30000)], [60, 20, 4, 16])[0]
        ports = self.ports(pair, server)
        self.counts["tcp_conversations"] += 1
        base = [r.getrandbits(32), r.getrandbits(32)]
        sent = [0, 0]
        stamps = r.random() < 0.8
        mss = (1440 if pair.v6 else 1460) - 12 * stamps

        def segment(side, flags, at=None, payload=b"", options=b""):
            if stamps:
                now = self.microseconds // 1000 + 7
                options = struct.pack("!4B2I", 1, 1, 8, 10, now, now - 1 if flags & ACK else 0) + options
            at = sent[side] if at is None else at
            return tcp(pair, side, ports, base[side] + at, base[1 - side] + sent[1 - side] if flags & ACK else 0, flags,
                       options=options, payload=payload)

        opening = bytes.fromhex("020405b4 01030307 01010402")
        yield segment(0, SYN, options=opening)
        sent[0] = 1
        if r.random() < 0.03:
            yield segment(1, RST | ACK)
            return
        yield segment(1, SYN | ACK, options=opening)
        sent[1] = 1
        yield segment(0, ACK)
        for _ in range(r.randint(1, 3)):
            for side, most in [(0, 700), (1, 60000)]:
                total = 20 + int(r.random() ** 3 * most)
                where, parts = sent[side], []
                while total > 0:
                    size = min(total, mss if r.random() < 0.6 else r.randint(1, 700))
                    parts.append((where, size))
                    where, total = where + size, total - size
                i = 0
                while i < len(parts):
                    chance = r.random()
                    if chance < 0.01 and i + 1 < len(parts):
                        parts[i], parts[i + 1] = parts[i + 1], parts[i]
                    at, size = parts[i]
                    content = self.payload(size) if server != 80 else self.text[at % 30000:][:size]
                    yield segment(side, ACK | PSH * (i + 1 == len(parts)), at, content)
                    if chance > 0.995:
                        yield segment(side, ACK, at, content)
                    i += 1
                    if i % 2 == 0 or i == len(parts):
                        sent[side] = max(sent[side], at + size)
                        yield segment(1 - side, ACK)
                sent[side] = where
        if r.random() < 0.9:
            for side in (0, 1):
                yield segment(side, FIN | ACK)
                sent[side] += 1
            yield segment(0, ACK)
        else:
            yield segment(1, RST | ACK)

    def udp_conversation(self):
        r, pair = self.random, self.pair(0.2)
        self.counts["udp_conversations"] += 1
        if r.random() < 0.7:
            ports = self.ports(pair, 53)
            name = b"\3www\7example\4test\0\0\1\0\1"
            query = r.getrandbits(16)
            yield udp(pair, 0, ports, struct.pack("!6H", query, 0x0100, 1, 0, 0, 0) + name)
            answer = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4" + r.randbytes(4)
            yield udp(pair, 1, ports, struct.pack("!6H", query, 0x8180, 1, 2, 0, 0) + name + answer * 2)
            return
        ports = self.ports(pair, r.choice([443, 5004, 30053]))
        for _ in range(r.randint(6, 50)):
            side = int(r.random() < 0.75)
            yield udp(pair, side, ports, b"\x41" + self.payload(1200 if side else r.randint(24, 90)))

    def echo(self):
        r, pair = self.random, self.pair(0.3)
        protocol, kinds, name = (58, (128, 129), "icmpv6") if pair.v6 else (1, (8, 0), "icmp")
        identifier = r.getrandbits(16)
        for sequence in range(1, r.randint(2, 6)):
            for side in (0, 1):
                self.counts[name] += 1
                message = struct.pack("!BBHHH", kinds[side], 0, 0, identifier, sequence) + bytes(range(56))
                yield pair.packet(side, protocol, pair.checked(protocol, message, 2))

    def arp(self):
        pair = self.pair(0)
        client, server = pair.ends
        host = pair.ethernet[0][6:12]
        for operation, (source, target) in [(1, (host + client, bytes(6) + server)), (2, (ROUTER + server, host + client))]:
            self.counts["arp"] += 1
            if pair.tag:
                self.counts[pair.tag] += 1
            ethernet = pair.ethernet[operation - 1][:-2] + b"\x08\x06"
            yield (ethernet + struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + source + target).ljust(60, b"\0")

    def fragments(self):
        r, pair = self.random, self.pair(0.2)
        ports = self.ports(pair, 2049)
        self.counts["udp_conversations"] += 1
        whole = datagram(pair, 0, ports, self.payload(r.randint(1600, 6000)))
        size = 1448 if pair.v6 else 1480
        identification = r.getrandbits(16)
        for at in range(0, len(whole), size):
            part = whole[at:at + size]
            more = at + size < len(whole)
            self.counts["ipv6_fragments" if pair.v6 else "ipv4_fragments"] += 1
            if pair.v6:
                header = struct.pack("!BBHI", 17, 0, at | more, identification)
                yield pair.packet(0, 17, part, extension=header, first=44)
            else:
                yield pair.packet(0, 17, part, offset=more << 13 | at >> 3, identification=identification)

    def extended(self):
        r = self.random
        pair = Pair(self, v6=True)
        ports = self.ports(pair, 30100)
        self.counts["udp_conversations"] += 1
        for side in (0, 1, 0):
            self.counts["ipv6_ext_packets"] += 1
            if r.random() < 0.5:
                extension = b"\x11\0" + ROUTER_ALERT
            else:
                extension = b"\x3c\0" + ROUTER_ALERT + b"\x11\0\1\4" + bytes(4)
            yield udp(pair, side, ports, self.payload(r.randint(20, 400)), extension=extension, first=0)

    def others(self):
        if self.random.random() < 0.8:
            self.counts["stp"] += 1
            bridge = b"\x80\0" + ROUTER
            frame = (b"\x01\x80\xc2\0\0\0" + ROUTER + b"\0\x26\x42\x42\3" + bytes(5) + bridge + bytes(4) + bridge
                     + bytes.fromhex("8001 0000 1400 0200 0f00"))
        else:
            self.counts["unknown_ethertype"] += 1
            frame = b"\xff" * 6 + ROUTER + b"\x88\xb5experimental"
        yield frame.ljust(60, b"\0")

    def mixed(self):
        kinds = [self.tcp_conversation, self.udp_conversation, self.echo, self.arp, self.fragments, self.extended,
                 self.others]
        new = lambda: self.random.choices(kinds, [40, 42, 8, 3, 3, 2, 2])[0]()
        under_way = [new() for _ in range(2000)]
        while True:
            which = self.random.randrange(len(under_way))
            for _ in range(self.random.randint(1, 4)):
                frame = next(under_way[which], None)
                if frame is None:
                    under_way[which] = new()
                    break
                yield frame

    # ---- the others ----

    def small(self, packets):
        flows = [Pair(self) for _ in range(4096)]
        for n in range(packets):
            which = self.random.randrange(4096)
            if which % 2:
                yield tcp(flows[which], 0, (1024 + which, 30080), n * 10, 1, ACK | PSH, payload=b"0123456789")
            else:
                yield udp(flows[which], 0, (1024 + which, 30053), b"0123456789abcdefghijkl")

    def manyflows(self, packets, flows):
        # A stride without a common factor visits every flow once a pass, neighbours far apart.
        stride = next(s for s in itertools.count(int(flows * 0.618) | 1, 2) if math.gcd(s, flows) == 1)
        pair4, pair6 = Pair(self), Pair(self, v6=True)
        at = 0
        for n in range(packets):
            at = (at + stride) % flows
            side = n // flows % 2
            pair = pair6 if at % 4 == 3 else pair4
            client = struct.pack("!I", 0x0b000000 + at // 50000 * 64 + at % 64)
            if pair.v6:
                client = b"\x20\x01\x0d\xb8\0\1" + bytes(6) + client
            server = pair.ends[1]
            pair.addresses = (client + server, server + client)
            pair.sum = ones(pair.addresses[0])
            port = 1024 + at % 50000
            if at % 10 < 7:
                flags = ACK if n >= 2 * flows else SYN | ACK if side else SYN
                yield tcp(pair, side, (port, 30080), at * 7 + (n >= 2 * flows), at * 7 + 1 if flags & ACK else 0, flags,
                          options=b"\2\4\5\xb4" if flags & SYN else b"")
            else:
                yield udp(pair, side, (port, 30053), b"one of many")
        self.counts["flows"] = min(flows, packets)

    def bulk(self, packets, streams, told):
        each = max(1, int((packets - 7 * streams) / streams / 1.5))
        under_way = [self.stream(k, each, told) for k in range(streams)]
        while under_way:
            for stream in list(under_way):
                for _ in range(self.random.randint(1, 16)):
                    frame = next(stream, None)
                    if frame is None:
                        under_way.remove(stream)
                        break
                    yield frame

    def stream(self, k, each, told):
        r, pair = self.random, Pair(self, v6=k % 4 == 3)
        size = 1428 if pair.v6 else 1448
        ports = (40000 + k, 20000)
        # The first stream's sequence numbers pass zero.
        base = (r.getrandbits(32), 0xfff00000 if k == 0 else r.getrandbits(32))

        def segment(side, flags, at, acknowledged, payload=b"", options=b""):
            now = self.microseconds // 1000 + 7
            options = struct.pack("!4B2I", 1, 1, 8, 10, now, now - 1) + options
            return tcp(pair, side, ports, base[side] + at, base[1 - side] + acknowledged if flags & ACK else 0, flags,
                       2000, options, payload)

        content = lambda i: self.payload(size, (i * 1009 + k * 4096) % 129000)
        opening = b"\2\4\5\xb4\1\3\3\7\1\1\4\2"
        yield segment(0, SYN, 0, 0, options=opening)
        yield segment(1, SYN | ACK, 0, 1, options=opening)
        yield segment(0, ACK, 1, 1)
        crc, arrived, complete, late = 0, set(), 0, []
        order = sorted(range(each), key=lambda i: i + self.displacement())
        for n, i in enumerate(order):
            yield segment(1, ACK, 1 + i * size, 1, content(i))
            if r.random() < 0.001:
                yield segment(1, ACK, 1 + i * size, 1, content(i))
            arrived.add(i)
            while complete in arrived:
                arrived.discard(complete)
                crc = zlib.crc32(content(complete), crc)
                complete += 1
            if n % 2:
                yield segment(0, ACK, 1, 1 + complete * size)
        end = 1 + each * size
        yield segment(0, ACK, 1, end)
        yield segment(1, FIN | ACK, end, 1)
        yield segment(0, FIN | ACK, 1, end + 1)
        yield segment(1, ACK, end + 1, 2)
        self.counts["stream_bytes"] += each * size
        told.append({"stream": k, "ipv6": pair.v6, "client_port": ports[0], "server_port": ports[1],
                     "server_to_client_bytes": each * size, "crc32": f"{crc:08x}"})

    def displacement(self):
        """By how many segments one comes late: lost and sent again, or overtaken by a few."""
        chance = self.random.random()
        return 32.5 if chance < 0.001 else self.random.randint(1, 5) + 0.5 if chance < 0.006 else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["mixed", "small", "manyflows", "bulk"])
    parser.add_argument("--out", required=True)
    parser.add_argument("--packets", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flows", type=int)
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--addr")
    options = parser.parse_args()
    packets = options.packets or (650_000 if options.kind == "bulk" else 2_000_000)
    world = World(options.seed)
    told = []
    frames = {
        "mixed": lambda: world.mixed(), "small": lambda: world.small(packets),
        "manyflows": lambda: world.manyflows(packets, options.flows or max(1, packets // 2)),
        "bulk": lambda: world.bulk(packets, options.streams, told),
    }[options.kind]()
    written = total = 0
    gaps = random.Random(options.seed + 1)
    with open(options.out, "wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for frame in frames:
            world.microseconds += int(gaps.random() * 20)
            seconds, rest = divmod(world.microseconds, 1_000_000)
            file.write(struct.pack("<4I", 1_700_000_000 + seconds, rest, len(frame), len(frame)) + frame)
            written += 1
            total += len(frame)
            if written == packets and options.kind == "mixed":
                break
    truth = {"kind": options.kind, "seed": options.seed, "packets": written, "frame_bytes": total,
             "counts": dict(sorted(world.counts.items()))}
    if told:
        truth["streams"] = told
    with open(options.out + ".json", "w") as file:
        json.dump(truth, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
