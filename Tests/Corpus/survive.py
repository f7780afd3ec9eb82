#!/usr/bin/env python3
"""Every capture of a corpus through every format and the ladder: survive.py EARSHOT CORPUS

No signal, nothing above 20 seconds, status 0 or 1, and no byte on stdout that a terminal would act on.
"""
import concurrent.futures
import os
import re
import subprocess
import sys

FORMATS = (["read"], ["read", "-e", "-vv", "-X"], ["read", "--format", "json"], ["ladder", "--full"], ["protocols"])
UNSAFE = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]")


def survive(earshot, path):
    trouble = []
    for words in FORMATS:
        command = [earshot, words[0], path, *words[1:]]
        try:
            done = subprocess.run(command, capture_output=True, timeout=20)
        except subprocess.TimeoutExpired:
            trouble.append(f"{' '.join(command)}: still running after 20 s")
            continue
        if done.returncode not in (0, 1):
            trouble.append(f"{' '.join(command)}: status {done.returncode}: {done.stderr[-200:]!r}")
        if done.returncode == 1 and not done.stderr:
            trouble.append(f"{' '.join(command)}: status 1 without a word")
        if match := UNSAFE.search(done.stdout):
            trouble.append(f"{' '.join(command)}: {match.group()!r} on stdout")
    return trouble


def main():
    earshot, corpus = os.path.abspath(sys.argv[1]), sys.argv[2]
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(corpus) for name in names
             if name not in ("INDEX.tsv", "README.md")]
    if not paths:
        sys.exit(f"{corpus}: no captures")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        trouble = [line for lines in pool.map(lambda path: survive(earshot, path), sorted(paths)) for line in lines]
    print("\n".join(trouble))
    print(f"{len(paths)} captures, {len(FORMATS)} formats, {len(trouble)} troubles")
    sys.exit(1 if trouble else 0)


if __name__ == "__main__":
    main()
