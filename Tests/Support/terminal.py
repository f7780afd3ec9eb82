#!/usr/bin/env python3
"""Runs a program on a terminal of its own and tells what a person would have seen.

    terminal.py COLUMNSxROWS [SECONDS:ACTION…] -- PROGRAM ARGUMENTS…

An action is `int` or `quit` (the keys Ctrl-C and Ctrl-\\\\), or a new size COLUMNSxROWS. Prints a JSON object: the
program's exit status, the lines left on the screen and in front of it, whether the other screen is still shown, the
most columns a line on the other screen took, how many lines of it wrapped or scrolled, all bytes, and whether the
terminal's settings are as they were.
"""
import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time


def size(text):
    return tuple(map(int, text.split("x")))


def resize(descriptor, columns, rows):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Screen:
    """As much of a terminal as is needed; the first screen grows without end, the other one does not."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.first, self.other, self.alternate = [""], [""], False
        self.row = self.column = self.wraps = self.scrolls = self.widest = 0

    @property
    def lines(self):
        return self.other if self.alternate else self.first

    def put(self, character):
        if self.column >= self.columns:
            if self.alternate:
                self.wraps += 1
            self.feed()
            self.column = 0
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + character + line[self.column + 1:]
        self.column += 1
        if self.alternate:
            self.widest = max(self.widest, self.column)

    def feed(self):
        self.row += 1
        if self.alternate and self.row >= self.rows:
            self.scrolls += 1
        if self.row == len(self.lines):
            self.lines.append("")

    def control(self, sequence):
        if sequence == "\x1b[?1049h":
            self.saved, self.alternate, self.other, self.row, self.column = (self.row, self.column), True, [""], 0, 0
        elif sequence == "\x1b[?1049l":
            self.alternate, (self.row, self.column) = False, self.saved
        elif sequence == "\x1b[H":
            self.row = self.column = 0
        elif sequence == "\x1b[K":
            self.lines[self.row] = self.lines[self.row][:self.column]
        elif sequence == "\x1b[J":
            self.lines[self.row] = self.lines[self.row][:self.column]
            del self.lines[self.row + 1:]
        else:
            raise ValueError(sequence)

    def write(self, text):
        for part in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|[^\x1b]|\x1b", text):
            if len(part) > 1:
                self.control(part)
            elif part == "\r":
                self.column = 0
            elif part == "\n":
                self.feed()
            elif part == "\b":
                self.column = max(0, self.column - 1)
            else:
                self.put(part)


def main():
    words = sys.argv[1:]
    end = words.index("--")
    screen = Screen(*size(words[0]))
    actions = [(float(when), what) for when, what in (word.split(":") for word in words[1:end])]
    ready, go = os.pipe()
    child, main_end = pty.fork()
    if child == 0:
        # The terminal's size comes first.
        os.close(go)
        os.read(ready, 1)
        os.execvp(words[end + 1], words[end + 1:])
    os.close(ready)
    resize(main_end, screen.columns, screen.rows)
    before = termios.tcgetattr(main_end)
    os.close(go)
    began, after, output = time.monotonic(), before, b""
    shown = 0
    while True:
        wait = max(0, actions[0][0] - (time.monotonic() - began)) if actions else None
        if select.select([main_end], [], [], wait)[0]:
            try:
                data = os.read(main_end, 65536)
            except OSError:
                break
            if not data:
                break
            output += data
            after = termios.tcgetattr(main_end)
            continue
        action = actions.pop(0)[1]
        screen.write(output[shown:].decode())
        shown = len(output)
        if action in ("int", "quit"):
            os.write(main_end, b"\x03" if action == "int" else b"\x1c")
        else:
            screen.columns, screen.rows = size(action)
            resize(main_end, screen.columns, screen.rows)
    screen.write(output[shown:].decode())
    _, status = os.waitpid(child, 0)
    json.dump({
        "status": os.waitstatus_to_exitcode(status), "lines": [line.rstrip() for line in screen.first],
        "column": screen.column, "alternate": screen.alternate, "widest": screen.widest, "wraps": screen.wraps,
        "scrolls": screen.scrolls, "output": output.decode(), "restored": before == after}, sys.stdout)


if __name__ == "__main__":
    main()
