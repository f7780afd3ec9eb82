#!/usr/bin/env python3
"""Every capture of a corpus as JSON, held against a reference: json.py EARSHOT CORPUS ALLOW

The reference and the program that compares lie beside the corpus, in ../oracle. Prints what they print and the number
of lines in ALLOW, the list of differences that are justified; status 1 when there are others.
"""
import concurrent.futures
import os
import subprocess
import sys
import tempfile
import time

NOT_CAPTURES = {"INDEX.tsv", "README.md"}


def write(earshot, corpus, capture, output):
    """earshot's JSON of one capture; what stands in the way, if anything."""
    path = os.path.join(output, capture + ".jsonl")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        done = subprocess.run([earshot, "read", os.path.join(corpus, capture), "--format", "json"],
                              stdout=stream, stderr=subprocess.PIPE, timeout=60)
    # Status 1 with a reason is a damaged file, read up to the damage.
    if done.returncode not in (0, 1) or done.returncode == 1 and not done.stderr:
        return f"{capture}: status {done.returncode}: {done.stderr[-300:]!r}"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    earshot, corpus, allow = (os.path.abspath(word) for word in sys.argv[1:])
    oracle = os.path.join(os.path.dirname(corpus), "oracle")
    captures = sorted(os.path.relpath(os.path.join(folder, name), corpus)
                      for folder, _, names in os.walk(corpus) for name in names if name not in NOT_CAPTURES)
    if not captures:
        sys.exit(f"{corpus}: no captures")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="earshot-corpus-") as output:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [pool.submit(write, earshot, corpus, capture, output) for capture in captures]
        trouble = [job.result() for job in jobs if job.result()]
        written = time.monotonic()
        compared = subprocess.run([sys.executable, os.path.join(oracle, "compare.py"),
                                   os.path.join(oracle, "reference"), output, "--allow", allow])
    with open(allow, encoding="utf-8") as stream:
        lines = sum(1 for line in stream if line.strip() and not line.startswith("#"))
    print(f"\nallow-list: {lines} lines; {len(captures)} captures read in {written - started:.0f} s, "
          f"compared in {time.monotonic() - written:.0f} s")
    print("".join(line + "\n" for line in trouble), end="", file=sys.stderr)
    sys.exit(1 if trouble or compared.returncode else 0)


if __name__ == "__main__":
    main()
