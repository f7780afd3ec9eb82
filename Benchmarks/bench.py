"""What the benchmarks stand on: the small C programs, captures, measured runs, tables, a network of their own."""
import hashlib
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Figures are of UTC: a time zone costs programs differently.
ENVIRONMENT = dict(os.environ, TZ="UTC0", LC_ALL="C.UTF-8", NO_COLOR="1")


def say(text):
    print(text, file=sys.stderr, flush=True)


def enter_namespace():
    """Runs the program anew in a network namespace of its own, unless it is in one; its first argument is a path."""
    if os.environ.get("EARSHOT_NAMESPACE") is None:
        os.environ["EARSHOT_NAMESPACE"] = "1"
        sys.argv[1] = os.path.abspath(sys.argv[1])
        os.execvp("unshare", ["unshare", "-n", sys.executable, os.path.abspath(sys.argv[0])] + sys.argv[1:])


def compiled(folder):
    """The C programs of this folder, built into `folder`: their paths by name."""
    paths = {}
    for name, flags in [("walk", ["-O3"]), ("measure", ["-O2"]), ("allocations", ["-O2", "-shared", "-fPIC"])]:
        paths[name] = os.path.join(folder, name)
        subprocess.run(["gcc", "-Wall", "-Wextra", *flags, "-o", paths[name], os.path.join(HERE, name + ".c")], check=True)
    return paths


class Capture:
    """A generated savefile and its exact counts."""

    def __init__(self, folder, generator, kind, packets):
        self.path = os.path.join(folder, f"{kind}-{packets}.pcap")
        if not os.path.exists(self.path) or not os.path.exists(self.path + ".json"):
            say(f"making {self.path}")
            command = [sys.executable, generator, kind, "--packets", str(packets), "--out", self.path]
            command += ["--addr", "wide"] if kind == "mixed" else []
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        with open(self.path + ".json") as file:
            self.truth = json.load(file)
        self.packets = self.truth["packets"]
        self.counts = self.truth["counts"]
        self.bytes = os.path.getsize(self.path)

    def warm(self):
        with open(self.path, "rb", buffering=0) as file:
            while file.read(1 << 20):
                pass

    def first(self, folder):
        """A savefile of its first packet."""
        path = os.path.join(folder, "one.pcap")
        with open(self.path, "rb") as file, open(path, "wb") as one:
            head = file.read(40)
            one.write(head + file.read(int.from_bytes(head[32:36], "little")))
        return path


class Failure(Exception):
    pass


class Meter:
    """Runs programs and keeps, by name, what every run cost: seconds of processor and of wall, KiB at most."""

    def __init__(self, measure, core, folder):
        self.measure, self.core, self.folder = measure, core, folder
        self.runs = {}
        self.commands = {}

    def run(self, name, command, pinned=True, output="/dev/null"):
        errors = os.path.join(self.folder, "errors")
        printed = subprocess.run(
            [self.measure, str(self.core) if pinned else "-", output, errors, *command], check=True, env=ENVIRONMENT,
            stdout=subprocess.PIPE).stdout
        user, system, wall, peak, status = map(int, printed.split())
        if status != 0:
            with open(errors, errors="replace") as file:
                raise Failure(f"{' '.join(command)}: status {status}: {file.read().strip()[-300:]}")
        self.commands[name] = command
        self.runs.setdefault(name, []).append(((user + system) / 1e6, wall / 1e6, peak))

    def column(self, name, which=0):
        return [run[which] for run in self.runs[name]]


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def allocations(library, command):
    """How many allocations the program made."""
    done = subprocess.run(
        command, env=dict(ENVIRONMENT, LD_PRELOAD=library), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    lines = done.stderr.decode(errors="replace").split("\n")
    counted = [line.split()[1] for line in lines if line.startswith("allocations: ")]
    if done.returncode != 0 or not counted:
        raise Failure(f"{' '.join(command)}: status {done.returncode}, not counted: {lines[-3:]}")
    return int(counted[-1])


class Printed:
    """What a program prints, looked through without being kept: bytes, lines, lines that are not indented, SHA-256."""

    def __init__(self, command):
        self.bytes = self.lines = self.outer = 0
        digest = hashlib.sha256()
        before = b"\n"
        with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            while part := process.stdout.read(1 << 20):
                digest.update(part)
                self.bytes += len(part)
                self.lines += part.count(b"\n")
                joined = before + part
                self.outer += joined.count(b"\n") - joined.count(b"\n ") - joined.endswith(b"\n")
                before = joined[-1:] if joined.endswith(b"\n") else b""
            self.errors = process.stderr.read().decode(errors="replace")
        self.status = process.returncode
        self.digest = digest.hexdigest()


def table(rows, titles):
    """Aligned columns; numbers to the right."""
    cells = [titles] + rows
    widths = [max(len(row[i]) for row in cells) for i in range(len(titles))]
    left = {0, len(titles) - 1}
    return "\n".join(
        "  ".join(cell.ljust(width) if i in left else cell.rjust(width)
                  for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in cells)


def markdown(rows, titles):
    lines = ["| " + " | ".join(titles) + " |", "|" + "|".join("---" if i in (0, len(titles) - 1) else "---:"
                                                              for i in range(len(titles))) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
