"""Stop signals at random times, while the output goes to a reader that is slow, stalled or gone.

stops.py EARSHOT PCAP [COUNT [SEED]]: the packets of PCAP, 3,000 times over; each run must end within two seconds (half a second is promised), with status 0
or 1, and tell what it could not write.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time

program, short = sys.argv[1:3]
count = int(sys.argv[3]) if len(sys.argv) > 3 else 200
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 32)
rnd = random.Random(seed)
with open(short, "rb") as file:
    packets = file.read()
with tempfile.NamedTemporaryFile(delete=False) as file:
    file.write(packets[:24] + packets[24:] * 3000)
os.chmod(file.name, 0o644)
capture = file.name

commands = [
    ["read"], ["read", "-v"], ["read", "-X"], ["read", "--format", "json"], ["read", "--jobs", "2"], ["read", "-w", "-"],
    ["ladder", "--full"], ["ladder", "--format", "svg"], ["conversations"], ["follow"], ["protocols"], ["expert"],
    ["conversations", "--format", "json", "--segments"],
]
longest = 0.0
failures = 0
told = 0
for number in range(count):
    line = rnd.choice(commands)
    reading, writing = os.pipe()
    process = subprocess.Popen([program, *line, capture], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    patience = rnd.choice([0, 0, 0.0005, 0.002])
    end = time.monotonic() + rnd.random() * rnd.choice([0.02, 0.1, 0.3])
    os.set_blocking(reading, False)
    while time.monotonic() < end:
        if patience > 0:
            try:
                os.read(reading, rnd.choice([1, 100, 4096, 65536]))
            except BlockingIOError:
                pass
        time.sleep(patience or 0.001)
    if rnd.random() < 0.1:
        os.close(reading)
        reading = -1
    sent = rnd.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    began = time.monotonic()
    process.send_signal(sent)
    try:
        errors = process.communicate(timeout=10)[1].decode()
    except subprocess.TimeoutExpired:
        process.kill()
        errors = process.communicate()[1].decode() + " (killed)"
    took = time.monotonic() - began
    longest = max(longest, took)
    if reading >= 0:
        os.close(reading)
    told += "nobody reads it" in errors
    # Before it catches them, a signal ends it as any program.
    isRight = process.returncode in (0, -sent) or process.returncode == 1 and "nobody reads it" in errors
    if took > 2 or not isRight:
        failures += 1
        print(f"seed {seed}, run {number}: {line}, {sent.name}: status {process.returncode}, {took:.2f} s: {errors}")
os.unlink(capture)
print(f"{count} runs, seed {seed}: {failures} troubles, {told} told what nobody read, the longest took {longest:.2f} s")
sys.exit(failures > 0)
