"""What the applications said."""
from check import Check

CHECKS = [
    # A hello that goes on in the next segment has no version yet (RFC 8446 section 4.2.1), and is whole where it ends.
    Check("02-clienthello-split.pcap", "read -t FILE",
          has=(r"length 1448: TLS client hello …$",
               r'length 156: TLS client hello "late\.example" ALPN h2 http/1\.1 TLS 1\.3 TLS 1\.2$',
               r'length 151: TLS client hello "records\.example" ALPN h2 http/1\.1 TLS 1\.3 TLS 1\.2$'),
          lacks=(r"TLS client hello TLS", r"TLS handshake")),
    Check("02-clienthello-split.pcap", "read -t --jobs 2 FILE",
          has=(r'length 156: TLS client hello "late\.example" ALPN h2 http/1\.1 TLS 1\.3 TLS 1\.2$',)),
    Check("02-clienthello-split.pcap", "read -v FILE",
          has=(r"reassembled from 2 segments, 1604 bytes, the first in frame 4$", r'server_name: "late\.example"')),
    Check("02-clienthello-split.pcap", "read --format json FILE",
          has=(r'"first_frame":4,"segment_count":2,.*"server_name":"late\.example".*"supported_versions"',
               r'"server_name":"records\.example"')),
    Check("02-clienthello-split.pcap", "ladder FILE",
          has=(r"client hello …", r"client hello late\.example", r"client hello records")),
    Check("02-clienthello-split.pcap", "follow FILE",
          has=(r'^\[TLS client hello "late\.example" .*TLS 1\.3 TLS 1\.2\]$',
               r'^\[TLS client hello "records\.example" .*TLS 1\.3 TLS 1\.2\]$'), lacks=(r"\\x00",)),
    # Told by its random (RFC 8446 section 4.1.3).
    Check("14-hello-retry.pcap", "read -t FILE", has=(r"TLS hello retry request TLS 1\.3",), lacks=(r"server hello",)),
    Check("14-hello-retry.pcap", "read --format json FILE", has=(r'"hello_retry_request":true',)),
    Check("14-hello-retry.pcap", "ladder FILE", has=(r"client hello a\.example", r"hello retry request")),
    Check("14-hello-retry.pcap", "follow FILE", has=(r"^\[TLS hello retry request TLS 1\.3",)),
]
