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
    # Who is client without a SYN.
    Check("07-roles-midstream.pcap", "conversations FILE",
          has=(r"^0 +10\.0\.0\.1:50000 +10\.0\.0\.2:80 +open +2 +28 +2 +76",
               r"^udp:0 +10\.0\.0\.1:44444 +10\.0\.0\.2:53 +- +1 +19 +1 +35")),
    Check("07-roles-midstream.pcap", "conversations --format json --segments FILE",
          has=(r'"frame":1,"stream":0,"direction":"server"',
               r'"client":\{"address":"10\.0\.0\.1","port":50000\}.*"role_evidence":"content"',
               r'"client":\{"address":"10\.0\.0\.1","port":44444\}')),
    Check("07-roles-midstream.pcap", "ladder FILE",
          has=("TCP 0: 10\\.0\\.0\\.1:50000 ⇄ 10\\.0\\.0\\.2:80", r'◀─PSH s39\+38 .*server took 1\.000 ms',
               "UDP 0: 10\\.0\\.0\\.1:44444 ⇄ 10\\.0\\.0\\.2:53")),
    Check("07-roles-midstream.pcap", "follow FILE", has=("10\\.0\\.0\\.1:50000 → 10\\.0\\.0\\.2:80  28 bytes",)),
    Check("07-roles-midstream.pcap", "follow --raw client --stream 0 FILE", has=("^GET /a",), lacks=("200 OK",)),
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
