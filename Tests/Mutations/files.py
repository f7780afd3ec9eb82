#!/usr/bin/env python3
"""Feeds damaged savefiles to a release build: files.py EARSHOT FIXTURES [COUNT]

Every fixture, as the pcap it is and as pcapng in both byte orders, is damaged with seeds: bits flipped, lengths edited,
the file cut, records and blocks doubled, removed and moved, and some of it compressed. Each result goes through every
format. A crash, an unknown status, more than 2 s of processor time, 64 MiB of memory, or a byte on stdout that a
terminal would act on is a failure; the input that caused it is kept.
"""
import concurrent.futures
import gzip
import itertools
import os
import random
import re
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "Support"))
from savefiles import PCAPNG_MAGIC, captures, pcapng, pieces, read, records  # noqa: E402

COMMANDS = (["read", "-e", "-vv"], ["read", "--format", "json"], ["ladder", "--full"])
SECONDS, MEBIBYTES = 2, 64
UNSAFE = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]")
LENGTHS = (0, 1, 3, 4, 8, 11, 12, 16, 20, 28, 0xffff, 0x40000, 0x40001, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff)


def flip(dice, data):
    for _ in range(dice.randint(1, 16)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def edit_length(dice, data):
    """Another value for a 32-bit field in the head or at the end of a record or block, where lengths are."""
    offset, size = dice.choice(pieces(data) or [(0, len(data))])
    where = offset + dice.choice((4, 8, 12, 20, 24, size - 4))
    order = dice.choice(("little", "little", "big"))
    if where + 4 > len(data):
        return
    value = int.from_bytes(data[where:where + 4], order)
    near = (value + dice.choice((-16, -4, -1, 1, 4, 16))) & 0xffffffff
    data[where:where + 4] = dice.choice((near, *LENGTHS)).to_bytes(4, order)


def edit_option(dice, data):
    """Another value for a 16-bit field: option codes and lengths, link types, interface numbers."""
    where = dice.randrange(max(1, len(data) // 2)) * 2
    data[where:where + 2] = dice.choice((0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff)).to_bytes(2, dice.choice(("little", "big")))


def cut(dice, data):
    del data[dice.randrange(1, len(data) + 1):]


def double(dice, data):
    offset, size = dice.choice(pieces(data) or [(0, len(data))])
    piece = data[offset:offset + size]
    target = dice.choice([place for place, _ in pieces(data)] or [0])
    data[target:target] = piece * min(dice.choice((1, 1, 1, 2, 100)), 1 + (1 << 20) // max(1, size))


def remove(dice, data):
    offset, size = dice.choice(pieces(data) or [(0, 1)])
    del data[offset:offset + size]


def move(dice, data):
    offset, size = dice.choice(pieces(data) or [(0, 1)])
    piece = data[offset:offset + size]
    del data[offset:offset + size]
    target = dice.choice([place for place, _ in pieces(data)] or [0])
    data[target:target] = piece


def damaged(data, seed):
    dice = random.Random(seed)
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        if changed:
            dice.choice((flip, edit_length, edit_length, edit_option, cut, double, remove, move))(dice, changed)
    if dice.randrange(10) == 0:
        changed = bytearray(gzip.compress(bytes(changed), mtime=0))
        if dice.randrange(2):
            dice.choice((flip, cut))(dice, changed)
    return bytes(changed)


def originals(fixtures):
    for path in captures(fixtures):
        data = read(path)
        if len(data) > 1 << 20:
            continue
        yield path, data
        if data[:4] == b"\xd4\xc3\xb2\xa1":
            for order in "<>":
                yield f"{path} as pcapng {order}", pcapng(order, *records(data))


def run(command, output):
    """Status, stderr, processor seconds and mebibytes of a program that has ended."""
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        stopper = threading.Timer(30, child.kill)
        stopper.start()
        _, status, used = os.wait4(child.pid, 0)
        stopper.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        # A child begins with the memory of this program, so that what is measured is never less than that.
        return child.returncode, errors.read(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def trouble_of(command):
    """None, or what went wrong; and the seconds and mebibytes it took."""
    with tempfile.TemporaryFile() as output:
        status, errors, seconds, mebibytes = run(command, output)
        output.seek(0)
        unsafe = UNSAFE.search(output.read())
    trouble = None
    if status not in (0, 1):
        trouble = f"status {status}: {errors[-300:]!r}"
    elif status == 1 and not errors:
        trouble = "status 1 without a word"
    elif seconds > SECONDS:
        trouble = f"{seconds:.1f} s of processor time"
    elif mebibytes > MEBIBYTES:
        trouble = f"{mebibytes:.0f} MiB"
    elif unsafe:
        trouble = f"{unsafe.group()!r} on stdout"
    return trouble, seconds, mebibytes


def survives(earshot, title, data, seed):
    """None, or what went wrong; and the most seconds and mebibytes that a format took."""
    most_seconds = most_mebibytes = 0
    changed = damaged(data, f"{title} {seed}")
    suffix = ".pcapng" if changed.startswith(PCAPNG_MAGIC) else ".pcap"
    with tempfile.NamedTemporaryFile(prefix="earshot-damaged-", suffix=suffix) as file:
        file.write(changed)
        file.flush()
        for words in COMMANDS:
            trouble, seconds, mebibytes = trouble_of([earshot, words[0], file.name, *words[1:]])
            most_seconds, most_mebibytes = max(most_seconds, seconds), max(most_mebibytes, mebibytes)
            if trouble:
                kept = os.path.join(tempfile.gettempdir(), f"earshot-crasher-{seed}-{os.path.basename(file.name)}")
                with open(kept, "wb") as crasher:
                    crasher.write(changed)
                trouble = f"earshot {words[0]} {kept} {' '.join(words[1:])} ({title}, seed {seed}): {trouble}"
                return trouble, most_seconds, most_mebibytes
    return None, most_seconds, most_mebibytes


def main():
    earshot, fixtures = os.path.abspath(sys.argv[1]), sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 5000
    # Relative names are part of the seeds, so that every checkout damages alike.
    files = [(os.path.relpath(title, fixtures), data) for title, data in originals(fixtures)]
    if not files:
        sys.exit(f"{fixtures}: no captures")
    jobs = ((title, data, number // len(files))
            for number, (title, data) in zip(range(count), itertools.cycle(files)))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda job: survives(earshot, *job), jobs))
    troubles = [trouble for trouble, _, _ in outcomes if trouble]
    print("\n".join(troubles[:50]))
    print(f"{len(files)} savefiles, {count} damaged files, {len(COMMANDS)} formats, at most "
          f"{max(seconds for _, seconds, _ in outcomes):.2f} s of processor time and "
          f"{max(mebibytes for _, _, mebibytes in outcomes):.0f} MiB, {len(troubles)} troubles")
    sys.exit(1 if troubles else 0)


if __name__ == "__main__":
    main()
