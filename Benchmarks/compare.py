#!/usr/bin/env python3
"""Holds earshot against other programs, and against bare C, on generated captures.

    Benchmarks/compare.py EARSHOT [--library PROGRAM] [--workload PROGRAM] [--captures FOLDER] [--packets N]
                          [--rounds N] [--starts N] [--results FILE] [--readme FILE]

All programs of a capture run in turn, round by round, on one processor (but for --jobs), from the page cache to
/dev/null, opened as such; what writes a savefile writes it to the file system. A ratio is the median of the rounds'
ratios of processor time, user and system, with the smallest and the largest. Only ratios of one run say something; a
machine's numbers are its own. What is counted, printed and written is first compared with the generator's exact counts:
status 1 when it differs. A target that is not reached is said and is no failure.
"""
import argparse
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

from bench import Capture, Failure, Meter, allocations, compiled, markdown, median, say, table
from counts import Counts

TITLES = ["work", "earshot", "other", "ratio", "min-max", "target", "reached"]
NEEDED = ("libc.so", "libm.so", "ld-linux", "libgcc_s.so", "libstdc++.so", "libpcap.so", "libz.so")
FILTER = ["tcp", "port", "443"]


class Comparison:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.earshot = os.path.abspath(options.earshot)
        beside = os.path.join(os.path.dirname(self.earshot), "EarshotBenchmarks")
        self.library = os.path.abspath(options.library or beside)
        self.has_library = os.path.exists(self.library)
        self.built = compiled(folder)
        self.core = max(os.sched_getaffinity(0))
        self.meter = Meter(self.built["measure"], self.core, folder)
        self.counts = Counts(self.earshot, self.built["walk"])
        self.rows = []
        self.missing = set()
        n = options.packets
        sizes = [("mixed", n), ("small", n), ("manyflows", n), ("bulk", n * 13 // 40)]
        make = lambda kind, packets: Capture(options.captures or folder, options.workload, kind, packets)
        self.whole = {kind: make(kind, packets) for kind, packets in sizes}
        self.half = {kind: make(kind, packets // 2) for kind, packets in sizes}
        self.prefix = make("mixed", min(n, 20_000))
        self.one = self.whole["mixed"].first(folder)
        done = subprocess.run([self.earshot, "read", "--help"], stdout=subprocess.PIPE, check=True)
        self.has_jobs = b"--jobs" in done.stdout

    def paths(self):
        """What is measured, by name: the capture's kind and the words of the command line."""
        library = {"reassembly": ("bulk", ["reassemble"])} if self.has_library else {}
        return library | {
            "protocols": ("mixed", ["protocols"]),
            "protocols small": ("small", ["protocols"]),
            "read": ("mixed", ["read", "-nn"]),
            "read -v": ("mixed", ["read", "-nn", "-v"]),
            "read json": ("mixed", ["read", "--format", "json"]),
            "read -w": ("mixed", ["read", "--force", "-w", os.path.join(self.folder, "ours.pcap")]),
            "conversations": ("mixed", ["conversations"]),
            "conversations manyflows": ("manyflows", ["conversations"]),
            "follow": ("bulk", ["follow", "--raw", "server"]),
        }

    def command(self, name, captures):
        kind, words = self.paths()[name]
        if name == "reassembly":
            return [self.library, *words, captures[kind].path]
        return [self.earshot, words[0], captures[kind].path, *words[1:]] + (FILTER if name == "read -w" else [])

    # ---- counts ----

    def verify(self):
        say("comparing counts")
        counts = self.counts
        for kind in ["mixed", "small", "manyflows", "bulk"]:
            counts.protocols(self.whole[kind])
        self.flows = counts.conversations(self.whole["manyflows"])
        counts.conversations(self.whole["mixed"])
        counts.lines(self.whole["mixed"])
        counts.streams(self.whole["bulk"])
        if self.has_library:
            counts.reassembled(self.whole["bulk"], self.library)
        if self.has_jobs:
            counts.jobs(self.whole["mixed"])
        for name in ["read -w", "tcpdump -w"]:
            self.meter.run(name, self.both(name))
        counts.filtered(os.path.join(self.folder, "ours.pcap"), os.path.join(self.folder, "theirs.pcap"))
        self.meter.runs.clear()

    # ---- runs ----

    def both(self, name):
        """The command called `name`: one of earshot's on the whole capture, or another program."""
        mixed, walk = self.whole["mixed"].path, self.built["walk"]
        root = ["-Z", "root"] if os.geteuid() == 0 else []
        others = {
            "walk": [walk, mixed], "walk small": [walk, self.whole["small"].path],
            "walk flows": [walk, mixed, "flows"], "walk flows manyflows": [walk, self.whole["manyflows"].path, "flows"],
            "cat": ["cat", mixed], "capinfos": ["capinfos", mixed],
            "tcpdump": ["tcpdump", "-nn", "-r", mixed], "tcpdump -v": ["tcpdump", "-nn", "-v", "-r", mixed],
            "tcpdump -w": ["tcpdump", *root, "-r", mixed, "-w", os.path.join(self.folder, "theirs.pcap"), *FILTER],
            "tcpdump -w null": ["tcpdump", *root, "-r", mixed, "-w", "/dev/null", *FILTER],
            "read -w null": [self.earshot, "read", mixed, "--force", "-w", "/dev/null", *FILTER],
            "tshark": ["tshark", "-T", "json", "-r", self.prefix.path],
            "tshark one": ["tshark", "-T", "json", "-r", self.one],
            "read json prefix": [self.earshot, "read", "--format", "json", self.prefix.path],
            "read json one": [self.earshot, "read", "--format", "json", self.one],
            "tcpflow": ["tcpflow", "-r", self.whole["bulk"].path, "-o", os.path.join(self.folder, "flows")],
            "--version": [self.earshot, "--version"], "tcpdump --version": ["tcpdump", "--version"],
            "read one": [self.earshot, "read", "-nn", self.one], "tcpdump one": ["tcpdump", "-nn", "-r", self.one],
        }
        return others.get(name) or self.command(name, self.whole)

    def round(self, names):
        for name in names:
            jobs = name.startswith("--jobs ")
            if jobs:
                command = [self.earshot, "read", "-nn", self.whole["mixed"].path, *name.split()]
            elif name.endswith(" half"):
                command = self.command(name.removesuffix(" half"), self.half)
            else:
                command = self.both(name)
            if shutil.which(command[0]) is None:
                self.missing.add(command[0])
                continue
            self.meter.run(name, command, pinned=not jobs)
            if name == "tcpflow":
                subprocess.run(["rm", "-rf", os.path.join(self.folder, "flows")], check=True)

    def measure(self):
        # Those that are compared stand next to each other.
        jobs = ["--jobs 1", "--jobs 2"] if self.has_jobs else []
        groups = {
            "mixed": ["cat", "capinfos", "walk", "protocols", "protocols half", "tcpdump", "read", "read half", *jobs,
                      "tcpdump -v", "read -v", "read -v half", "read json", "read json half", "tcpdump -w", "read -w",
                      "read -w half", "tcpdump -w null", "read -w null", "walk flows", "conversations",
                      "conversations half"],
            "small": ["walk small", "protocols small", "protocols small half"],
            "manyflows": ["walk flows manyflows", "conversations manyflows", "conversations manyflows half"],
            "bulk": [*(["reassembly", "reassembly half"] if self.has_library else []), "follow", "follow half",
                     "tcpflow"],
            "prefix": ["tshark one", "tshark", "read json prefix"],
        }
        for kind, names in groups.items():
            for capture in [self.whole.get(kind, self.prefix), self.half.get(kind, self.prefix)]:
                capture.warm()
            for number in range(self.options.rounds):
                say(f"{kind}: round {number + 1} of {self.options.rounds}")
                self.round(names)
        say(f"start-up: {self.options.starts} runs each")
        for _ in range(self.options.starts):
            self.round(["tcpdump --version", "--version", "tcpdump one", "read one", "read json one"])

    # ---- rows ----

    def row(self, work, ours, theirs, ratios, target, reached, unit="x"):
        middle = median(ratios)
        self.rows.append({
            "work": work, "earshot": ours, "other": theirs, "ratio": round(middle, 4), "unit": unit,
            "min": round(min(ratios), 4), "max": round(max(ratios), 4), "target": target,
            "reached": None if reached is None else bool(reached(middle))})

    def pair(self, work, ours, theirs, target=None, sense="cost", which=0):
        """`cost`: ours as a multiple of theirs, at most; `speed`: theirs as a multiple of ours, at least."""
        if theirs not in self.meter.runs:
            return
        a, b = self.meter.column(ours, which), self.meter.column(theirs, which)
        if sense == "cost":
            ratios, reached, sign = [x / y for x, y in zip(a, b)], lambda r: r <= target, "<="
        else:
            ratios, reached, sign = [y / x for x, y in zip(a, b)], lambda r: r >= target, ">="
        self.row(work, seconds(median(a)), seconds(median(b)), ratios, f"{sign} {target}" if target else "",
                 reached if target else None)

    def figure(self, work, value, unit, target=None, most=True):
        reached = (lambda v: v <= target) if most else (lambda v: v >= target)
        sign = "<=" if most else ">="
        self.row(work, "", "", value if isinstance(value, list) else [value],
                 "" if target is None else f"{sign} {target:g}", None if target is None else reached, unit)

    def summarize(self):
        n, meter = self.options.packets, self.meter
        self.pair("protocols, mixed: CPU of walk", "protocols", "walk", 1.25)
        self.pair("protocols, mixed: faster than tcpdump -nn", "protocols", "tcpdump", 13, "speed")
        self.pair("protocols, small: CPU of walk (16 M/s where walk makes 22)", "protocols small", "walk small", 1.375)
        self.figure("protocols, small: packets per CPU second", [n / 1e6 / s for s in meter.column("protocols small")],
                    "M/s", 16, most=False)
        self.pair("read: faster than tcpdump -nn", "read", "tcpdump", 8, "speed")
        if self.has_jobs:
            self.pair("read --jobs 2: wall time of --jobs 1, not pinned", "--jobs 2", "--jobs 1", 0.6, which=1)
        self.pair("read -v: faster than tcpdump -nn -v", "read -v", "tcpdump -v", 2, "speed")
        self.json_row()
        self.pair("read -w, tcp port 443: faster than tcpdump -w", "read -w", "tcpdump -w", 1.5, "speed")
        self.pair("  the same to /dev/null", "read -w null", "tcpdump -w null", None, "speed")
        self.pair("conversations, mixed: CPU of walk flows", "conversations", "walk flows", 1.3)
        self.pair("conversations, manyflows: CPU of walk flows", "conversations manyflows", "walk flows manyflows", 1.3)
        base = median(meter.column("read one", 2))
        peaks = meter.column("conversations manyflows", 2)
        self.figure("conversations, manyflows: memory a flow", [(p - base) * 1024 / self.flows for p in peaks], "B", 200)
        told = self.whole["bulk"].counts["stream_bytes"]
        # All of the streams, each byte handed on in order as it comes: file reading, decoding and conversations are in
        # the time, what a program does with the bytes is not. The second also has every stream behind the one before.
        if self.has_library:
            self.figure("reassembly of bulk by the library, all streams as they come, bytes counted: bytes per CPU second",
                        [told / 1e9 / s for s in meter.column("reassembly")], "GB/s", 1.6, most=False)
        self.figure("follow --raw, bulk, all streams one after the other: bytes per CPU second",
                    [told / 1e9 / s for s in meter.column("follow")], "GB/s", 1.6, most=False)
        self.pair("  the same: faster than tcpflow, which writes files", "follow", "tcpflow", None, "speed")
        self.pair("start-up, --version: CPU of tcpdump's", "--version", "tcpdump --version", 1.8)
        self.pair("start-up, read of one packet: CPU of tcpdump's", "read one", "tcpdump one", 1.8)
        self.pair("  protocols: CPU of cat", "protocols", "cat")
        self.pair("  protocols: faster than capinfos", "protocols", "capinfos", None, "speed")
        for name in self.paths():
            if name + " half" in meter.runs:
                self.pair(f"{name}: CPU of half as many packets", name, name + " half", 2.1)
        for name in ["protocols", "read", "read -v", "read json", "read -w"]:
            self.figure(f"{name}: peak memory", [p / 1024 for p in meter.column(name, 2)], "MiB", 24)
        for name in self.paths():
            self.allocation_row(name)
        self.binary_rows()

    def json_row(self):
        """Start-up taken off both: on a prefix that tshark can do it would be most of ours."""
        if "tshark" not in self.meter.runs:
            return
        a, b = self.meter.column("read json prefix"), self.meter.column("tshark")
        start_a, start_b = median(self.meter.column("read json one")), median(self.meter.column("tshark one"))
        a, b = [max(x - start_a, 1e-6) for x in a], [max(x - start_b, 1e-6) for x in b]
        self.row(f"read --format json: faster than tshark -T json, {self.prefix.packets} packets, start-up taken off",
                 seconds(median(a)), seconds(median(b)), [y / x for x, y in zip(a, b)], ">= 100", lambda r: r >= 100)

    def allocation_row(self, name):
        kind, _ = self.paths()[name]
        few, many = [allocations(self.built["allocations"], self.command(name, captures))
                     for captures in (self.half, self.whole)]
        each = (many - few) / (self.whole[kind].packets - self.half[kind].packets)
        # Tables that double and buffers that grow once are no steady state.
        self.row(f"{name}: allocations a packet", "", "", [each], "0", lambda v: v < 0.0005, "")

    def binary_rows(self):
        self.figure("binary", os.path.getsize(self.earshot) / 1e6, "MB", 20)
        listed = subprocess.run(["readelf", "-d", self.earshot], stdout=subprocess.PIPE, check=True).stdout.decode()
        needed = [line.split("[")[1].rstrip("]") for line in listed.splitlines() if "(NEEDED)" in line]
        others = [name for name in needed if not name.startswith(NEEDED)]
        self.figure("binary: libraries beyond those allowed" + (": " + " ".join(others) if others else ""),
                    len(others), "", 0)


def seconds(value):
    return f"{value * 1000:.2f} ms" if value < 0.1 else f"{value:.3f} s"


def number(value, unit):
    digits = 0 if value >= 100 else 2 if value >= 1 or value == 0 or unit else 4
    return f"{value:.{digits}f}" + (unit if unit in ("", "x") else " " + unit)


def cells(row):
    spread = "" if row["min"] == row["max"] else f"{number(row['min'], '')}-{number(row['max'], '')}"
    reached = {None: "", True: "yes", False: "no"}[row["reached"]]
    return [row["work"], row["earshot"], row["other"], number(row["ratio"], row["unit"]), spread, row["target"], reached]


def machine():
    with open("/proc/cpuinfo") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} processors, Linux {platform.release()}"


def version(name):
    done = subprocess.run([name, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    number = re.search(r"\d+(\.\d+)+", done.stdout.decode(errors="replace"))
    return f"{name} {number.group() if number else '?'}"


def record(path, heading, rows):
    """Puts the table between the README's two marks."""
    with open(path) as file:
        text = file.read()
    begin, end = "<!-- benchmark: begin -->\n", "<!-- benchmark: end -->"
    before, rest = text.split(begin)
    _, after = rest.split(end)
    with open(path, "w") as file:
        file.write(f"{before}{begin}{heading}\n\n{markdown(rows, TITLES)}\n{end}{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("earshot")
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--library", help="EarshotBenchmarks; else what lies beside EARSHOT, if anything")
    parser.add_argument("--workload", default=os.path.join(here, "workload.py"), help="the generator")
    parser.add_argument("--captures", help="folder to keep captures in, and to take them from")
    parser.add_argument("--packets", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--starts", type=int, default=200)
    parser.add_argument("--results", help="write the rows as JSON")
    parser.add_argument("--readme", help="put the table into this file")
    options = parser.parse_args()
    if options.captures:
        os.makedirs(options.captures, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder:
        comparison = Comparison(options, folder)
        try:
            comparison.verify()
            comparison.measure()
            comparison.summarize()
        except Failure as failure:
            comparison.counts.wrong.append(str(failure))
    rows = [cells(row) for row in comparison.rows]
    date = datetime.date.today().isoformat()
    programs = [version(name) for name in ["tcpdump", "tshark", "tcpflow"] if shutil.which(name)]
    heading = (f"{date}, {machine()}; {options.packets} packets, {options.rounds} rounds in turn on one processor; "
               f"{', '.join(programs)}.")
    print(heading + "\n\n" + table(rows, TITLES))
    for name in sorted(comparison.missing):
        print(f"{name} is not installed: not compared with it")
    for line in comparison.counts.wrong:
        print("wrong:", line)
    if options.results:
        with open(options.results, "w") as file:
            json.dump({
                "date": date, "machine": machine(), "packets": options.packets, "rounds": options.rounds,
                "programs": programs, "rows": comparison.rows, "wrong": comparison.counts.wrong,
                "runs": {name: {"command": comparison.meter.commands[name], "cpu_s": comparison.meter.column(name),
                                "wall_s": comparison.meter.column(name, 1), "peak_kib": comparison.meter.column(name, 2)}
                         for name in comparison.meter.runs}}, file, indent=1)
            file.write("\n")
    if options.readme and not comparison.counts.wrong:
        record(options.readme, heading, rows)
    sys.exit(1 if comparison.counts.wrong else 0)


if __name__ == "__main__":
    main()
