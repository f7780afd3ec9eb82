"""What a copy keeps."""
from check import Check

FILE = "15-copy-metadata.pcapng"

CHECKS = [
    Check(FILE, "read FILE -w OUT", copies=True),
    # A filter leaves out packets, not what opens or names those that stay.
    Check(FILE, "read FILE -w OUT udp", copies=True),
    Check(FILE, "read FILE -c 1 -w OUT", copies=True),
    Check(
        FILE,
        "read FILE -w -",
        has=(
            r"earshot: standard output is without 2 comments, 1 packet's options, 1 block of name resolution, "
            r"1 block of decryption secrets; a pcap has no place for them, a FILE that ends in \.pcapng has$",
        ),
    ),
]
