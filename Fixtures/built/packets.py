"""Packets as bytes, with good checksums, and captures of them. What the scenarios of `build.py` are made of."""
import socket
import struct

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
START = 1_700_000_000
FLAGS = {"F": 0x01, "S": 0x02, "R": 0x04, "P": 0x08, "A": 0x10, "U": 0x20, "E": 0x40, "C": 0x80, "N": 0x100}


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def is_v6(address):
    return ":" in address


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if is_v6(address) else socket.AF_INET, address)


def pseudo_header(source, destination, protocol, length):
    if is_v6(source):
        return packed(source) + packed(destination) + struct.pack("!II", length, protocol)
    return packed(source) + packed(destination) + struct.pack("!BBH", 0, protocol, length)


def ip(source, destination, protocol, payload, identification=0, offset=0, more=False, ttl=64, total_length=None):
    """An IPv4 or IPv6 packet, by its addresses. `offset` in bytes and `more` make an IPv4 fragment."""
    if is_v6(source):
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, ttl) + packed(source) + packed(destination) + payload
    length = 20 + len(payload) if total_length is None else total_length
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, identification, offset // 8 | (0x2000 if more else 0), ttl,
                       protocol, 0, packed(source), packed(destination))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def tcp(source, destination, source_port, destination_port, flags, seq=0, ack=0, payload=b"", window=65535,
        options=b"", urgent=0):
    """A TCP segment; `flags` in tcpdump's letters, with A for ACK, E for ECE, C for CWR, N for AE."""
    options += bytes(-len(options) % 4)
    bits = sum(FLAGS[letter] for letter in flags)
    head = struct.pack("!HHIIHHHH", source_port, destination_port, seq % 2**32, ack % 2**32,
                       (5 + len(options) // 4) << 12 | bits, window, 0, urgent) + options
    data = head + payload
    total = checksum(pseudo_header(source, destination, 6, len(data)) + data)
    return data[:16] + struct.pack("!H", total) + data[18:]


def udp(source, destination, source_port, destination_port, payload):
    length = 8 + len(payload)
    head = struct.pack("!HHHH", source_port, destination_port, length, 0)
    total = checksum(pseudo_header(source, destination, 17, length) + head + payload) or 0xffff
    return head[:6] + struct.pack("!H", total) + payload


def ethernet(packet, vlans=(), ether_type=None, source="02:00:00:00:00:01", destination="02:00:00:00:00:02"):
    """A frame around an IP packet, or one of another type; `vlans` are 802.1Q identifiers, outermost first."""
    kind = ether_type or (0x86dd if packet[0] >> 4 == 6 else 0x0800)
    head = bytes.fromhex((destination + source).replace(":", ""))
    for vlan in vlans:
        head += struct.pack("!HH", 0x8100, vlan)
    return head + struct.pack("!H", kind) + packet


class Talk:
    """A TCP conversation, played segment by segment; each method returns the frame, and remembers what was sent."""

    def __init__(self, client=CLIENT, server=SERVER, client_port=40000, server_port=80, client_isn=100, server_isn=300,
                 vlans=()):
        self.ends = (client, client_port), (server, server_port)
        self.numbers = [client_isn, server_isn]
        self.vlans = vlans
        self.identification = 0

    def segment(self, side, flags, payload=b"", seq=None, ack=None, options=b"", window=65535):
        """Side 0 is the client. Without `seq` it goes on where the side is, without `ack` it takes all the other sent."""
        (source, source_port), (destination, destination_port) = self.ends[side], self.ends[1 - side]
        start = self.numbers[side] if seq is None else seq
        if seq is None:
            self.numbers[side] += len(payload) + ("S" in flags) + ("F" in flags)
        number = (self.numbers[1 - side] if ack is None else ack) if "A" in flags else 0
        data = tcp(source, destination, source_port, destination_port, flags, start, number, payload, window, options)
        self.identification += 1
        return ethernet(ip(source, destination, 6, data, self.identification), self.vlans)

    def handshake(self, options=b""):
        return [self.segment(0, "S", options=options), self.segment(1, "SA", options=options), self.segment(0, "A")]


def pcap(frames, step=0.001, link_type=1, snap=None):
    """A pcap file of `frames`, `step` seconds apart; an entry may be (frame, original length, time after the start)."""
    data = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link_type)
    for number, entry in enumerate(frames):
        frame, length, time = entry if isinstance(entry, tuple) else (entry, None, None)
        time = number * step if time is None else time
        microseconds = round((START + time) * 1_000_000)
        kept = frame if snap is None else frame[:snap]
        data += struct.pack("<IIII", microseconds // 1_000_000, microseconds % 1_000_000, len(kept),
                            len(frame) if length is None else length) + kept
    return data
