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
    Check("30-data-before-synack.pcap", "ladder FILE", has=("no loss", "before the SYN,ACK"), lacks=("retransmission",)),
    Check("30-fin-before-synack.pcap", "ladder FILE", has=("no loss",), lacks=("lost", "half closed", "closed by")),
    Check("30-half-open-recovery.pcap", "ladder FILE", has=("no loss", "resets an older one"), lacks=("retransmission",)),
    Check("30-half-open-recovery.pcap", "conversations FILE", has=(r"open +6 +3 +3 +8 .* 0  http$",)),
    # What the states are called.
    Check("08-syn-unanswered.pcap", "conversations FILE",
          has=(r":22 +unanswered", r":80 +refused", r":443 +open port, half-open scan"), lacks=(r"\d  open  ",)),
    Check("08-syn-unanswered.pcap", "ladder FILE",
          has=("no answer", "unanswered at the end of the capture", "refused by server after",
               "open port, half-open scan by client after"), lacks=("still open", "reset by")),
    Check("08-syn-unanswered.pcap", "expert FILE",
          has=(r"^warning +tcp connection unanswered +1  1$", "^warning +tcp open port half open scan")),
    Check("08-syn-unanswered.pcap", RECORDS,
          has=('"outcome":"unanswered"', '"outcome":"half_open_scan"', '"initial_rtt":null'),
          lacks=(r'"initial_rtt":"',)),
    Check("24-fast-open-state.pcap", "ladder FILE",
          has=(r'200 OK─+│  server took', r"ACK a41─+▶│  ESTABLISHED", "handshake 3.000 ms")),
    # Loss that was none, and congestion.
    Check("03-rst-challenged.pcap", "ladder FILE", has=("no loss", "challenge ACK"), lacks=("retransmission", "duplicate")),
    Check("03-rst-challenged.pcap", "conversations FILE", has=(r"2\.000     0  -",)),
    Check("10-loss-that-was-none.pcap", "ladder FILE",
          has=("8 B →  ← 0 B   no loss", "5 B →  ← 3 B   no loss", "10 B →  ← 16 B   no loss", "zero window probe ACK"),
          lacks=("lost", "out of order")),
    Check("10-loss-that-was-none.pcap", "expert FILE", lacks=("lost", "out of order", "connection reset")),
    Check("10-loss-that-was-none.pcap", "conversations --segments --format json FILE",
          has=('"analysis":."lost_segment".,"judgement":..', '"analysis":."zero_window","ack_lost_segment"'),
          lacks=(r'"(ack_)?lost_segments":[1-9]',)),
    Check("09-accecn.pcap", "ladder FILE", has=("no loss", r"ACK ace2 a1", r"PSH ace5 s1\+2"), lacks=("congestion",)),
    Check("09-accecn.pcap", "expert FILE", lacks=("congestion",)),
    Check("09-accecn.pcap", "conversations --segments --format json FILE", has=('"ace_counter":5',), lacks=("congestion_[ew]",)),
]
