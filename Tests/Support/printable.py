#!/usr/bin/env python3
"""Fails unless stdin is printable UTF-8 in lines: printable.py [--tabs none|indent|any] [--lines N] [--json]

Printable is what Unicode's categories call so: no controls, no directions of writing, no separators but the space.
"""
import argparse
import json
import re
import sys

arguments = argparse.ArgumentParser()
arguments.add_argument("--tabs", choices=("none", "indent", "any"), default="none")
arguments.add_argument("--lines", type=int)
arguments.add_argument("--json", action="store_true")
arguments = arguments.parse_args()

data = sys.stdin.buffer.read()
try:
    text = data.decode()
except UnicodeDecodeError as error:
    sys.exit(f"not UTF-8: {error}")
if text and not text.endswith("\n"):
    sys.exit("the last line has no end")
lines = text.split("\n")[:-1]
if arguments.lines is not None and len(lines) != arguments.lines:
    sys.exit(f"{len(lines)} lines")
for number, line in enumerate(lines, 1):
    shown = {"none": line, "indent": re.sub("^\t", "", line), "any": line.replace("\t", "")}[arguments.tabs]
    for character in shown:
        if not character.isprintable():
            sys.exit(f"line {number}: {character!r} in {line!r}")
    if arguments.json:
        json.loads(line)
