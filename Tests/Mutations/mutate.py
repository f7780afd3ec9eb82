#!/usr/bin/env python3
"""Feeds damaged fixtures to a release build: mutate.py EARSHOT FIXTURES [SEEDS]

Every capture is cut at every length, and flipped, stretched and shuffled with seeds. Each result goes through the
text, the verbose tree with hex dump, and the ladder. A crash, a hang or an unknown status is a failure; the input
that caused it is kept beside the report so that it can become a file of Fixtures/malformed.
"""
import concurrent.futures
import os
import random
import subprocess
import sys
import tempfile

COMMANDS = (["read", "-e", "-vv", "-X"], ["read", "--format", "json"], ["ladder", "--full"])
# One run of the program reads many damaged records: a capture's header, then all of them one after the other.
RECORDS_PER_RUN = 400


def records(data):
    """Offset and size of each record of a little-endian classic pcap."""
    offset = 24
    while offset + 16 <= len(data):
        size = 16 + int.from_bytes(data[offset + 8:offset + 12], "little")
        yield offset, size
        offset += size


def with_length(record, body):
    """A record with another captured length, its wire length as it was."""
    return record[:8] + len(body).to_bytes(4, "little") + record[12:16] + body


def damaged_records(data, seeds):
    """Each packet snapped at every length, and with bytes flipped, doubled and removed."""
    for offset, size in records(data):
        record, body = data[offset:offset + 16], data[offset + 16:offset + size]
        for length in range(len(body)):
            yield with_length(record, body[:length])
        for seed in range(seeds):
            dice = random.Random(f"{offset} {seed}")
            changed = bytearray(body)
            for _ in range(dice.randint(1, 8)):
                where = dice.randrange(len(changed))
                match dice.randrange(4):
                    case 0: changed[where] ^= 1 << dice.randrange(8)
                    case 1: changed[where] = dice.choice((0, 1, 0x7f, 0x80, 0xff, dice.randrange(256)))
                    case 2: changed[where:where] = changed[where:where + dice.randint(1, 16)]
                    case 3 if len(changed) > 20: del changed[where:where + dice.randint(1, 8)]
            yield with_length(record, bytes(changed))


def damaged_files(data, seeds):
    """The file cut at every length of its first records, and with its own headers damaged."""
    for length in range(min(len(data), 400)):
        yield data[:length]
    for seed in range(seeds):
        dice = random.Random(seed)
        changed = bytearray(data)
        heads = [0] + [offset for offset, _ in records(data)]
        for _ in range(dice.randint(1, 3)):
            changed[dice.choice(heads) + dice.randrange(16)] = dice.randrange(256)
        yield bytes(changed)


def runs(path, seeds):
    with open(path, "rb") as file:
        data = file.read()
    batch = []
    for record in damaged_records(data, seeds):
        batch.append(record)
        if len(batch) == RECORDS_PER_RUN:
            yield data[:24] + b"".join(batch)
            batch = []
    yield data[:24] + b"".join(batch)
    yield from damaged_files(data, seeds)


def survives(earshot, data):
    """None, or what went wrong."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(data)
        file.flush()
        for words in COMMANDS:
            try:
                done = subprocess.run([earshot, words[0], file.name, *words[1:]], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, timeout=20)
                trouble = None if done.returncode in (0, 1) else f"status {done.returncode}: {done.stderr[-300:]!r}"
            except subprocess.TimeoutExpired:
                trouble = "still running after 20 s"
            if trouble:
                kept = os.path.join(tempfile.gettempdir(), f"earshot-crasher-{abs(hash(data)):x}.pcap")
                with open(kept, "wb") as crasher:
                    crasher.write(data)
                return f"{' '.join(words)} {kept}: {trouble}"
    return None


def main():
    earshot, fixtures = os.path.abspath(sys.argv[1]), sys.argv[2]
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(fixtures) for name in names
                   if name.endswith(".pcap"))
    count = 0
    troubles = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path in paths:
            inputs = list(runs(path, seeds))
            count += len(inputs)
            for trouble in pool.map(lambda data: survives(earshot, data), inputs):
                if trouble:
                    troubles.append(f"{path}: {trouble}")
    print("\n".join(troubles))
    print(f"{len(paths)} captures, {count} damaged files, {len(troubles)} troubles")
    sys.exit(1 if troubles or not paths else 0)


if __name__ == "__main__":
    main()
