"""What TCP's ends said, and how a connection ended."""
from check import Check

RECORDS = "conversations --format json FILE"
RESPONSE = r'"server_payload":\{"bytes":8,"sha256":"d6399d87d53f83a766e3c2a3700f37d99bdc6fadf8ab583329fdd24c8ea9309b"'

CHECKS = [
    # Before the SYN,ACK nothing counts.
    Check("30-data-before-synack.pcap", RECORDS, has=(RESPONSE, r'"client_payload":\{"bytes":3', '"outcome":"open"')),
    Check("30-data-before-synack.pcap", "follow --raw server --stream 0 FILE",
          sha256="d6399d87d53f83a766e3c2a3700f37d99bdc6fadf8ab583329fdd24c8ea9309b"),
    Check("30-data-before-synack.pcap", "ladder FILE", has=("SYN,ACK s0 a1", r"s1\+8 \"RESPONSE\"", "← 8 B")),
    Check("30-fin-before-synack.pcap", RECORDS, has=(RESPONSE, '"outcome":"open"', '"server_state":"ESTABLISHED"')),
    Check("30-fin-before-synack.pcap", "follow --raw server --stream 0 FILE",
          sha256="d6399d87d53f83a766e3c2a3700f37d99bdc6fadf8ab583329fdd24c8ea9309b"),
    Check("30-half-open-recovery.pcap", "ladder FILE", has=("still open at the end",), lacks=("reset by",)),
    # Only a RST that its receiver takes ends a connection.
    Check("03-rst-challenged.pcap", "ladder FILE",
          has=("reset challenged", "teardown: client closes first", "closed by client after"), lacks=("reset by",)),
    Check("03-rst-challenged.pcap", "conversations FILE", has=(r":80  closed +13 +30 +10 +24",)),
    Check("03-rst-challenged.pcap", "expert FILE", has=("reset challenged",), lacks=("connection reset",)),
    Check("34-rst-with-bad-ack.pcap", "ladder FILE",
          has=("reset ignored", r"ESTABLISHED$", "still open at the end"), lacks=("reset by", "refused")),
]
