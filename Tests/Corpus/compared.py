"""Every capture of a corpus through earshot, held against the reference that lies beside the corpus, in ../oracle."""
import concurrent.futures
import os
import subprocess
import sys
import tempfile
import time

NOT_CAPTURES = {"INDEX.tsv", "README.md"}


def write(command, corpus, capture, output):
    """What earshot writes about one capture; what stands in the way, if anything."""
    path = os.path.join(output, capture + ".jsonl")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    words = [os.path.join(corpus, capture) if word == "FILE" else word for word in command]
    with open(path, "wb") as stream:
        done = subprocess.run(words, stdout=stream, stderr=subprocess.PIPE, timeout=60)
    # Status 1 with a reason is a damaged file, read up to the damage.
    if done.returncode not in (0, 1) or done.returncode == 1 and not done.stderr:
        return f"{capture}: status {done.returncode}: {done.stderr[-300:]!r}"


def compare(command, corpus, allow, *options, **how):
    """Runs `command` on each capture in place of the word FILE, then the program that compares.

    Returns that program's result, and what stood in the way.
    """
    oracle = os.path.join(os.path.dirname(corpus), "oracle")
    captures = sorted(os.path.relpath(os.path.join(folder, name), corpus)
                      for folder, _, names in os.walk(corpus) for name in names if name not in NOT_CAPTURES)
    if not captures:
        sys.exit(f"{corpus}: no captures")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="earshot-corpus-") as output:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [pool.submit(write, command, corpus, capture, output) for capture in captures]
        trouble = [job.result() for job in jobs if job.result()]
        written = time.monotonic()
        compared = subprocess.run([sys.executable, os.path.join(oracle, "compare.py"),
                                   os.path.join(oracle, "reference"), output, "--allow", allow, *options], **how)
    with open(allow, encoding="utf-8") as stream:
        lines = sum(1 for line in stream if line.strip() and not line.startswith("#"))
    summary = (f"allow-list: {lines} lines; {len(captures)} captures read in {written - started:.0f} s, "
               f"compared in {time.monotonic() - written:.0f} s")
    print("".join(line + "\n" for line in trouble), end="", file=sys.stderr)
    return compared, trouble, summary
