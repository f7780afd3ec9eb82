#!/usr/bin/env python3
"""Runs ping, ping -f and sweep beside ping(8) and fping(8), in turn, over the loopback of a network namespace.

    sudo Benchmarks/probes.py .build/release/earshot [ECHOES] [ROUNDS]

Of each pair: the counts, which must be equal, and the median over the rounds of what the ratio is in each. Only the
ratio of two programs of one run says something; a machine's numbers are its own.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

from bench import enter_namespace


class Run:
    """What a program printed, the seconds it took, its processor seconds and its memory in MiB."""

    def __init__(self, command):
        with tempfile.TemporaryFile() as text:
            began = time.monotonic()
            process = subprocess.Popen(command, stdout=text, stderr=subprocess.DEVNULL)
            _, _, used = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - began
            self.output = os.pread(text.fileno(), os.fstat(text.fileno()).st_size, 0).decode()
        self.busy = used.ru_utime + used.ru_stime
        self.memory = used.ru_maxrss / 1024


def ping_counts(output):
    sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", output).groups()
    return int(sent), int(received)


def line(name, echoes, pairs, what):
    """Prints counts and ratios of runs of earshot and of another program."""
    ratio = lambda value: statistics.median(value(a) / value(b) for a, b in pairs)
    a, b = pairs[-1]
    print(f"{name:22}{what[0](a.output)!s:>16}{what[1](b.output)!s:>16}"
          f"  {echoes / statistics.median(p[0].seconds for p in pairs):9.0f}"
          f" {echoes / statistics.median(p[1].seconds for p in pairs):9.0f} {1 / ratio(lambda r: r.seconds):6.2f}"
          f"  {statistics.median(p[0].busy for p in pairs) * 1e6 / echoes:7.2f}"
          f" {statistics.median(p[1].busy for p in pairs) * 1e6 / echoes:7.2f} {ratio(lambda r: r.busy):6.2f}"
          f"  {max(p[0].memory for p in pairs):5.0f}")


def medians(earshot, count):
    """The median round-trip time in ms of a paced ping by each program: ping(8) prints no median, so line by line.

    Below 10 ms ping(8) does not sleep between two requests, and nothing is cold when it sends one.
    """
    words = ["-c", str(count), "-i", "0.02", "127.0.0.1"]
    ours = Run([earshot, "ping", "--format", "json"] + words).output.splitlines()
    theirs = Run(["ping"] + words).output
    ours = [record["rtt_ms"] for record in map(json.loads, ours) if record["record"] == "reply"]
    theirs = [float(time) for time in re.findall(r"time=([\d.]+) ms", theirs)]
    assert len(ours) == len(theirs) == count, (len(ours), len(theirs))
    return statistics.median(ours), statistics.median(theirs)


def main():
    enter_namespace()
    earshot = sys.argv[1]
    echoes = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    subprocess.run("ip link set lo up".split(), check=True)
    print(f"{echoes} echoes, {rounds} rounds, in turn; ratios: median of the rounds', rate and CPU to the other's\n")
    print(f"{'':22}{'counts':>16}{'other':>16}  {'echoes/s':>9} {'other':>9} {'ratio':>6}"
          f"  {'us/echo':>7} {'other':>7} {'ratio':>6}  {'MiB':>5}")
    flood = ["-q", "-f", "-c", str(echoes), "127.0.0.1"]
    pairs = [(Run([earshot, "ping"] + flood), Run(["ping"] + flood)) for _ in range(rounds)]
    line("ping -f", echoes, pairs, (ping_counts, ping_counts))
    paced = ["-q", "-i", "0.001", "-c", "2000", "127.0.0.1"]
    pairs = [(Run([earshot, "ping"] + paced), Run(["ping"] + paced)) for _ in range(rounds)]
    line("ping -i 0.001", 2000, pairs, (ping_counts, ping_counts))
    targets = 65_536
    # fping -g leaves out the network's first and last address; a list does not.
    with tempfile.NamedTemporaryFile("w") as list_file:
        list_file.writelines(f"127.0.{i >> 8}.{i & 255}\n" for i in range(targets))
        list_file.flush()
        sweep = [earshot, "sweep", "-a", "-q", "--rate", "200000", "127.0.0.0/16"]
        fping = ["fping", "-a", "-r", "1", "-i", "0.01", "-f", list_file.name]
        pairs = [(Run(sweep), Run(fping)) for _ in range(rounds)]
    lines = lambda output: len(set(output.split()))
    line("sweep 127.0.0.0/16", targets, pairs, (lines, lines))
    times = [medians(earshot, 200) for _ in range(rounds)]
    print(f"\nmedian round-trip time, ms: {statistics.median(t[0] for t in times):.4f},"
          f" ping {statistics.median(t[1] for t in times):.4f},"
          f" ratio {statistics.median(a / b for a, b in times):.2f}")


if __name__ == "__main__":
    main()
