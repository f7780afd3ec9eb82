#!/usr/bin/env python3
"""No captured byte is dropped silently: payload.py EARSHOT FOLDER...

Of each side of each TCP conversation in the captures below FOLDER the payload that was counted is the sum of what its
stream has, what was cut off of that, what lies behind a hole that nobody acknowledged, and what was left out. `follow`
tells the same: bytes, gaps of those that were cut, and what it discards. Status 1 where a sum does not hold.
"""
import concurrent.futures
import os
import subprocess
import sys

# A neighbour of this file has the name of the standard library's module.
here = sys.path.pop(0)
import json
sys.path.insert(0, here)

SIDES = ("client", "server")


def records(earshot, *words):
    done = subprocess.run([earshot, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode < 0:
        raise ChildProcessError(f"{words}: signal {-done.returncode}")
    for line in done.stdout.splitlines():
        yield json.loads(line)


def followed(earshot, path):
    """By conversation and side what `follow` shows or tells of bytes that were captured."""
    sums = {}
    for record in records(earshot, "follow", "--format", "json", path):
        if record["transport"] != "tcp" or "length" not in record:
            continue
        told = record["record"] in ("stream_data", "stream_discarded") or record.get("reason") == "snapped"
        key = record["stream"], record["side"]
        sums[key] = sums.get(key, 0) + (record["length"] if told else 0)
    return sums


def failures(earshot, path):
    """What does not add up, a line each; and how many sides were looked at."""
    found = []
    sides = 0
    try:
        shown = followed(earshot, path)
        for record in records(earshot, "conversations", "--format", "json", path):
            if record["record"] != "tcp_stream":
                continue
            for side in SIDES:
                payload = record.get(side + "_payload")
                if payload is None:
                    continue
                sides += 1
                counted = record[side + "_totals"]["bytes"]
                parts = [payload["bytes"], payload.get("gaps", {}).get("snapped_bytes", 0),
                         payload.get("unacknowledged_bytes", 0), payload.get("left_out_bytes", 0)]
                where = f"{path}: stream {record['stream']} {side}: {counted} bytes counted"
                if sum(parts) != counted:
                    found.append(f"{where}, said + cut + unacknowledged + left out = {parts}")
                followed_sum = shown.get((record["stream"], side), 0)
                if followed_sum != counted:
                    found.append(f"{where}, {followed_sum} followed")
    except (ChildProcessError, ValueError) as error:
        found.append(f"{path}: {error}")
    return found, sides


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    earshot = os.path.abspath(sys.argv[1])
    paths = sorted(
        os.path.join(folder, name) for root in sys.argv[2:] for folder, _, names in os.walk(root) for name in names
        if ".pcap" in name or name.endswith((".cap", ".ntar")))
    found = []
    sides = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for lines, count in pool.map(lambda path: failures(earshot, path), paths):
            found += lines
            sides += count
    for line in found:
        print(line)
    print(f"payload: {len(paths)} captures, {sides} sides, {len(found)} sums that do not hold")
    sys.exit(1 if found or not sides else 0)


if __name__ == "__main__":
    main()
