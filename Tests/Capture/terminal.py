#!/usr/bin/env python3
"""Runs a command on a terminal of its own, types to it, and prints what it printed: terminal.py TEXT CMD ARGS.

Typing begins when "ready" appears; \\x03 in TEXT is Ctrl-C.
"""
import os
import pty
import signal
import sys

process, terminal = pty.fork()
if process == 0:
    # What started this may have blocked or ignored them.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execvp(sys.argv[2], sys.argv[2:])
text, typed = b"", False
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece: break
    text += piece
    if not typed and b"ready" in text:
        os.write(terminal, sys.argv[1].encode().decode("unicode_escape").encode())
        typed = True
sys.stdout.write(text.decode().replace("\r", ""))
print("status", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
