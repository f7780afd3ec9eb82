"""Who is who, in which network, and seen how often."""
import struct

from check import Check


def interleaved_fragments(count=3000, size=8200, piece=1480):
    """Datagrams that are all complete, their fragments in turn: the first of each, then the second of each, ..."""
    data = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 228)]
    number = 0
    for offset in range(0, size, piece):
        for identification in range(count):
            payload = bytes([identification & 255]) * min(piece, size - offset)
            if offset == 0:
                payload = struct.pack("!HHHH", 700, 2049, size, 0) + payload[8:]
            more = 0x2000 if offset + piece < size else 0
            head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification, offset // 8 | more, 64, 17, 0,
                               bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
            data.append(struct.pack("<IIII", 1_700_000_000, number * 10, 20 + len(payload), 20 + len(payload)))
            data.append(head + payload)
            number += 1
    return b"".join(data)


CHECKS = [
    # Networks apart.
    Check("05-fragments-vlans.pcap", "follow FILE", has=("^a{40}$", "^b{40}$"), lacks=("ab", "overlap")),
    Check("05-fragments-vlans.pcap", "conversations FILE", has=(r"^udp:0 .* 40 ", r"^udp:1 .* 40 ")),
    Check("05-fragments-vlans.pcap", "expert FILE", lacks=("checksum", "overlap")),
    Check("06-tcp-vlans.pcap", "follow FILE --stream 0", has=("^aaaa$", "^AAAA$"), lacks=("bbbb", "BBBB")),
    Check("06-tcp-vlans.pcap", "follow FILE --stream 1", has=("^bbbb$", "^BBBB$"), lacks=("aaaa", "AAAA")),
    Check("06-tcp-vlans.pcap", "expert FILE", lacks=("retransmission", "out of order", "reused")),
    Check("35-tunnel-begins-midway.pcap", "follow FILE", has=("^TCP 0", "^GET$", "^RESPONSE$", "^MORE$", "^REPLY$"),
          lacks=("^TCP 1",)),
    Check("35-tunnel-begins-midway.pcap", "expert FILE", lacks=("lost", "checksum")),
    # Checksums that are not there, and fragments.
    Check("36-gre-without-checksum.pcap", "expert FILE", lacks=("checksum",)),
    Check("36-gre-without-checksum.pcap", "read --color always FILE", lacks=("\x1b\\[31m",)),
    Check("26-ipv6-overlap.pcap", "expert FILE", has=("overlapping fragments",)),
    Check("26-ipv6-overlap.pcap", "follow FILE", has=("overlap, which their receiver discards: 1$",)),
    Check("18-fragments-evicted.pcap", "conversations FILE", has=("given up because more than 16 MiB waited",),
          lacks=("parts are missing",), make=interleaved_fragments),
    Check("18-fragments-evicted.pcap", "expert FILE", has=("datagram given up for memory",), lacks=("incomplete",),
          make=interleaved_fragments),
    # The same packet seen twice.
    Check("38-mirror-copy.pcap", "conversations FILE --format json", has=('"copies":1', '"retransmissions":0'),
          lacks=('"stream":1',)),
    Check("38-mirror-copy.pcap", "expert FILE", has=("packet captured again +1  2$",), lacks=("retransmission",)),
    Check("38-mirror-copy.pcap", "ladder FILE", has=("2 packets, 1 copy",), lacks=("retransmission",)),
]
