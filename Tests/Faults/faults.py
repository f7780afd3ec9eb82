#!/usr/bin/env python3
"""Small captures that show a fault each, and what is right of them: faults.py EARSHOT FOLDER

Each row runs earshot on a capture of FOLDER and holds its output against what must be there and what must not. The rows
stand in the modules beside this one. Status 1 when a row fails, or when a capture has no row.
"""
import filecmp
import hashlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import replace

import applications
import files
import networks
import streams
import tcp

ENVIRONMENT = {**os.environ, "TZ": "UTC0", "LC_ALL": "C.UTF-8", "COLUMNS": "80", "NO_COLOR": "1"}


def failures(earshot, folder, check):
    """What is wrong of a check's output, a line each."""
    if check.make:
        with tempfile.TemporaryDirectory() as made:
            with open(os.path.join(made, check.capture), "wb") as file:
                file.write(check.make())
            yield from failures(earshot, made, replace(check, make=None))
        return
    path = os.path.join(folder, check.capture)
    with tempfile.TemporaryDirectory() as place:
        copy = os.path.join(place, "copy.pcapng")
        words = [{"FILE": path, "OUT": copy}.get(word, word) for word in shlex.split(check.command)]
        done = subprocess.run([earshot, *words], capture_output=True, timeout=60, env=ENVIRONMENT)
        if check.copies and not (os.path.exists(copy) and filecmp.cmp(path, copy, shallow=False)):
            yield "the copy is not the same as the original"
    text = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
    if done.returncode != check.status:
        yield f"status {done.returncode}, not {check.status}"
    if check.sha256 and hashlib.sha256(done.stdout).hexdigest() != check.sha256:
        yield f"sha256 {hashlib.sha256(done.stdout).hexdigest()}, not {check.sha256}"
    for pattern in check.has:
        if not re.search(pattern, text, re.MULTILINE):
            yield f"lacks {pattern!r}"
    for pattern in check.lacks:
        if match := re.search(pattern, text, re.MULTILINE):
            yield f"has {match.group()!r}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    earshot, folder = (os.path.abspath(word) for word in sys.argv[1:])
    checks = [check for module in (tcp, streams, networks, applications, files) for check in module.CHECKS]
    failed = 0
    for check in checks:
        found = list(failures(earshot, folder, check))
        failed += bool(found)
        for line in found:
            print(f"{check.capture}: earshot {check.command}: {line}")
    captures = {name for name in os.listdir(folder) if name.endswith((".pcap", ".pcapng"))}
    missing = sorted(captures - {check.capture for check in checks})
    for name in missing:
        print(f"{name}: no row")
    print(f"{len(checks) - failed} passed, {failed + len(missing)} failed")
    sys.exit(1 if failed or missing else 0)


if __name__ == "__main__":
    main()
