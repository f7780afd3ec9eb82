"""Who is who, in which network, and seen how often."""
from check import Check

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
]
