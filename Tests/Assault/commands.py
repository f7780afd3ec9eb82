"""Random command lines over random fixtures: no trap, no hang, status 0 to 2, no control byte on either stream.

commands.py EARSHOT FIXTURES [COUNT [SEED]]
"""

import os
import random
import subprocess
import sys
import tempfile

program, fixtures = os.path.abspath(sys.argv[1]), sys.argv[2]
count = int(sys.argv[3]) if len(sys.argv) > 3 else 500
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 32)
rnd = random.Random(seed)

captures = [
    os.path.join(folder, name)
    for folder, _, names in os.walk(fixtures)
    for name in names
    if name.endswith((".pcap", ".pcapng", ".gz", ".md", ".json"))
]
commands = ["read", "ladder", "conversations", "follow", "protocols", "expert", "interfaces", "greet", "run", "demo", "x", ""]
options = [
    "-v", "-vv", "-x", "-X", "-e", "-q", "-t", "-tt", "-ttt", "-tttt", "-ttttt", "-n", "-S", "-A", "-c", "-w", "-F",
    "--format", "--stream", "--raw", "--segments", "--full", "--color", "--ascii", "--jobs", "--engine", "--decode-as",
    "--help", "--version", "--", "-", "-d", "--count", "-i", "--no-such", "--sort", "--filter", "-Z", "--force", "-C",
]
words = [
    "0", "1", "-1", "99999999999999999999", "json", "text", "svg", "hex", "client", "server", "always", "never", "tcp",
    "udp", "port", "host", "10.0.0.1", "::1", "and", "not", "(", ")", "tcp[13]&2!=0", "80=http", "udp:1", "nobody", "",
    "\x1b[31mred", "ü", "a\nb", "%n%s", "../../etc/passwd", "/dev/null", "/dev/zero", "/proc/self/mem", "x" * 5000,
]
stray = set(range(32)) - {9, 10} | {127}
failures = 0
with tempfile.TemporaryDirectory() as folder:
    for number in range(count):
        line = [rnd.choice(commands)]
        for _ in range(rnd.randrange(7)):
            line.append(rnd.choice([rnd.choice(options), rnd.choice(words), rnd.choice(captures)]))
        if rnd.random() < 0.7:
            line.insert(1, rnd.choice(captures))
        # Nothing that listens, captures or runs somebody else's program.
        if line[0] in ("demo", "run") or "-i" in line or line[:1] == ["greet"]:
            line.append("--help")
        raw = "--raw" in line or "-w" in line
        line = [word.replace(fixtures, os.path.abspath(fixtures)) for word in line]
        try:
            done = subprocess.run(
                [program, *line], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            failures += 1
            print(f"seed {seed}, line {number}: hangs: {line}")
            continue
        told = done.stderr if raw else done.stdout + done.stderr
        bad = stray.intersection(told) - ({27} if "always" in line else set())
        if done.returncode not in (0, 1, 2) and line[0] != "run" or bad:
            failures += 1
            print(f"seed {seed}, line {number}: status {done.returncode}, bytes {sorted(bad)}: {line}")
print(f"{count} command lines, seed {seed}: {failures} troubles")
sys.exit(failures > 0)
