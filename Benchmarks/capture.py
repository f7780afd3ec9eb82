#!/usr/bin/env python3
"""Captures the same bursts with earshot and with tcpdump, in turn, in a network namespace of its own.

    sudo Benchmarks/capture.py .build/release/earshot [FRAMES] [ROUNDS]

For each link, frame size and way of capturing: frames that one sender sent, those each program lost, and the processor
time it took for each. Only the ratio of two programs of one run says something; a machine's numbers are its own.
"""
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

from bench import enter_namespace

SEND = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Capture", "send.py")


def capture(command, link, size, frames):
    """Lost frames, microseconds of processor time a frame, frames a second, seconds from SIGINT to the end."""
    with tempfile.TemporaryFile() as log, open("text", "w") as text:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(command, stderr=log, stdout=text)
        while b"listening on" not in os.pread(log.fileno(), 4096, 0):
            time.sleep(0.01)
        began = time.time()
        sender = subprocess.Popen([sys.executable, SEND, link, str(size), str(frames)], stdout=subprocess.PIPE)
        _, _, sending = os.wait4(sender.pid, 0)
        seconds = time.time() - began
        process.send_signal(signal.SIGINT)
        ended = time.time()
        _, _, used = os.wait4(process.pid, 0)
        ended = time.time() - ended
        messages = os.pread(log.fileno(), 65536, 0).decode()
    captured = int(re.search(r"(\d+) packets? captured", messages).group(1))
    return frames - captured, (used.ru_utime + used.ru_stime) * 1e6 / frames, frames / seconds, ended


def main():
    enter_namespace()
    earshot = sys.argv[1]
    frames = int(sys.argv[2]) if len(sys.argv) > 2 else 300_000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    for line in ["link set lo up", "link add v0 type veth peer name v1", "link set v0 up", "link set v1 up"]:
        subprocess.run(["ip"] + line.split(), check=True)
    os.chdir(tempfile.mkdtemp())
    words = ["udp", "port", "9000"]
    # On loopback tcpdump sees every frame twice unless it is told not to.
    ways = [
        ("-w", lambda link: [earshot, "capture", "-i", link, "-w", "a.pcap", "--force"] + words,
         lambda link: ["tcpdump", "-Z", "root", "-i", link, "-Q", "in", "-B", "65536", "-w", "b.pcap"] + words),
        ("text", lambda link: [earshot, "capture", "-nn", "-i", link] + words,
         lambda link: ["tcpdump", "-Z", "root", "-nn", "-i", link, "-Q", "in", "-B", "65536"] + words),
    ]
    print(f"{frames} frames a burst, {rounds} rounds, in turn; median of each\n")
    print(f"{'way':5}{'link':5}{'size':>5}  {'lost':>8} {'tcpdump':>8}  {'us/frame':>9} {'tcpdump':>8} {'ratio':>6}"
          f"  {'frames/s':>9}  {'end, s':>7} {'tcpdump':>8}")
    for way, ours, theirs in ways:
        for link, source in [("lo", "lo"), ("v1", "v0")]:
            for size in [60, 1400]:
                results = ([], [])
                for _ in range(rounds):
                    results[0].append(capture(ours(link), source, size, frames))
                    results[1].append(capture(theirs(link), source, size, frames))
                a, b = [[sorted(column)[rounds // 2] for column in zip(*result)] for result in results]
                print(f"{way:5}{link:5}{size:5}  {a[0]:8} {b[0]:8}  {a[1]:9.2f} {b[1]:8.2f} {a[1] / b[1]:6.2f}"
                      f"  {a[2]:9.0f}  {a[3]:7.2f} {b[3]:8.2f}")


if __name__ == "__main__":
    main()
