"""Holds what the programs count, print and write against what the generator knows to be in the captures."""
import filecmp
import json
import os
import subprocess
import tempfile
import zlib
from collections import Counter

from bench import ENVIRONMENT, Printed


class Counts:
    """Every difference is a line of `wrong`."""

    def __init__(self, earshot, walk):
        self.earshot, self.walk = earshot, walk
        self.wrong = []

    def equal(self, what, found, expected):
        if found != expected:
            self.wrong.append(f"{what}: {found}, expected {expected}")

    def printed(self, command):
        printed = Printed(command)
        if printed.status != 0:
            self.wrong.append(f"{' '.join(command)}: status {printed.status}: {printed.errors.strip()[-300:]}")
        return printed

    def records(self, command):
        """The JSON lines that `command` prints, as bytes, and what it says on stderr as the last."""
        with tempfile.TemporaryFile() as errors:
            with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=errors) as process:
                yield from process.stdout
            self.equal(" ".join(command) + ": status", process.returncode, 0)
            errors.seek(0)
            yield errors.read()

    def walked(self, capture, *words):
        """What walk counts; all that the generator counts by the same name must be equal."""
        done = subprocess.run([self.walk, capture.path, *words], stdout=subprocess.PIPE, check=True)
        found = json.loads(done.stdout)
        known = dict(capture.counts, packets=capture.packets, frame_bytes=capture.truth["frame_bytes"], malformed=0)
        if capture.truth["kind"] == "mixed":
            known["tcp_flows"] = capture.counts["tcp_conversations"]
            if "udp_conversations" in capture.counts:
                known["flows"] = capture.counts["tcp_conversations"] + capture.counts["udp_conversations"]
        for name, number in found.items():
            if name in known:
                self.equal(f"walk {capture.path}: {name}", number, known[name])
        return found

    def protocols(self, capture):
        """Packets by protocol."""
        walked = self.walked(capture)
        counts = capture.counts
        *lines, _ = self.records([self.earshot, "protocols", "--format", "json", capture.path])
        found = {record["layer"]: record for record in map(json.loads, lines)}
        known = {name: counts[name] for name in
                 ["arp", "ipv4", "ipv6", "tcp", "icmp", "icmpv6"] if name in counts}
        known["ethernet"] = capture.packets
        # The generator counts whole UDP datagrams; a first fragment has its UDP header too.
        known["udp"] = counts.get("udp", 0) + walked["udp_first_fragments"]
        known["vlan"] = counts.get("vlan", 0) + counts.get("qinq", 0)
        known["llc"] = counts.get("stp", 0)
        known["ipv6_fragment"] = counts.get("ipv6_fragments", 0)
        for layer, number in known.items():
            self.equal(f"protocols {capture.path}: {layer}", found.get(layer, {"packets": 0})["packets"], number)
        self.equal(f"protocols {capture.path}: bytes", found["ethernet"]["bytes"], capture.truth["frame_bytes"])

    def conversations(self, capture):
        walked = self.walked(capture, "flows")
        kinds = Counter()
        errors = b""
        for line in self.records([self.earshot, "conversations", "--format", "json", capture.path]):
            # The record's kind comes first; reading a million lines to the end would take minutes.
            kinds[line[:line.find(b",")].decode(errors="replace")] += 1
            errors = line
        errors = errors.decode(errors="replace")
        self.equal(f"conversations {capture.path}: TCP", kinds['{"record":"tcp_stream"'], walked["tcp_flows"])
        # Datagrams whose fragments are not all there are of no conversation; walk takes the first fragment for one.
        missing = [int(line.split(":")[1]) for line in errors.splitlines() if "parts are missing:" in line]
        udp, datagrams = walked["flows"] - walked["tcp_flows"], kinds['{"record":"udp_conversation"']
        if not udp - sum(missing) <= datagrams <= udp:
            self.wrong.append(f"conversations {capture.path}: UDP {datagrams}, walk counts {udp}, {missing} left out")
        return walked["flows"]

    def lines(self, capture):
        """A packet's line for every packet, in every format."""
        for words in [[], ["-v"], ["--format", "json"]]:
            printed = self.printed([self.earshot, "read", "-nn", *words, capture.path])
            self.equal(f"read {' '.join(words)} {capture.path}: packets", printed.outer, capture.packets)

    def jobs(self, capture):
        one, two = [self.printed([self.earshot, "read", "-nn", "--jobs", n, capture.path]).digest for n in "12"]
        self.equal("read --jobs 2: what it prints is that of --jobs 1", two, one)

    def filtered(self, ours, theirs):
        if not filecmp.cmp(ours, theirs, shallow=False):
            self.wrong.append(f"-w: {os.path.getsize(ours)} bytes differ from tcpdump's {os.path.getsize(theirs)}")

    def streams(self, capture):
        """The bytes of every stream, by length and CRC-32: each asked for alone, and all one after the other."""
        *lines, _ = self.records([self.earshot, "conversations", "--format", "json", capture.path])
        number = {record["client"]["port"]: record["stream"] for record in map(json.loads, lines)}
        streams = sorted(capture.truth["streams"], key=lambda stream: number.get(stream["client_port"], -1))
        command = [self.earshot, "follow", capture.path, "--raw", "server"]
        for stream in streams:
            words = ["--stream", str(number.get(stream["client_port"], -1))]
            with subprocess.Popen(command + words, env=ENVIRONMENT, stdout=subprocess.PIPE) as process:
                self.stream("follow --stream", capture, stream, *measured(process.stdout))
        with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE) as process:
            for stream in streams:
                self.stream("follow", capture, stream, *measured(process.stdout, stream["server_to_client_bytes"]))
            self.equal(f"follow {capture.path}: bytes after the last stream", measured(process.stdout)[0], 0)

    def reassembled(self, capture, library):
        """The same of the library alone."""
        *lines, _ = self.records([library, "verify", capture.path])
        found = {record["client_port"]: record for record in map(json.loads, lines)}
        for stream in capture.truth["streams"]:
            record = found.get(stream["client_port"], {"bytes": 0, "crc32": 0, "gaps": 0})
            self.stream("reassembly", capture, stream, record["bytes"], record["crc32"])
            self.equal(f"reassembly {capture.path}: gaps", record["gaps"], 0)

    def stream(self, what, capture, stream, length, crc):
        self.equal(f"{what} {capture.path}: stream {stream['stream']}", (length, "%08x" % crc),
                   (stream["server_to_client_bytes"], stream["crc32"]))


def measured(file, limit=None):
    """How many bytes `file` holds, or as many of them as are asked for, and their CRC-32."""
    length = crc = 0
    while part := file.read(1 << 20 if limit is None else min(1 << 20, limit - length)):
        length, crc = length + len(part), zlib.crc32(part, crc)
    return length, crc
