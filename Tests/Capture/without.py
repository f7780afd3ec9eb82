#!/usr/bin/env python3
"""Runs a command on a kernel that seems to lack something: without.py landlock|seccomp|fanout CMD ARGS."""
import ctypes
import os
import platform
import struct
import sys

ENOSYS, ENOPROTOOPT = 38, 92
SOL_PACKET, PACKET_FANOUT = 263, 18
arm = platform.machine() == "aarch64"
number = {"landlock": 444, "seccomp": 277 if arm else 317, "fanout": 208 if arm else 54}[sys.argv[1]]


def step(code, k, jt=0, jf=0): return struct.pack("=HBBI", code, jt, jf, k)


LOAD, EQUALS, RETURN, ALLOW, ERRNO = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050000
if sys.argv[1] == "fanout":
    program = [step(LOAD, 0), step(EQUALS, number, 0, 5), step(LOAD, 24), step(EQUALS, SOL_PACKET, 0, 3),
               step(LOAD, 32), step(EQUALS, PACKET_FANOUT, 0, 1), step(RETURN, ERRNO | ENOPROTOOPT), step(RETURN, ALLOW)]
else:
    program = [step(LOAD, 0), step(EQUALS, number, 0, 1), step(RETURN, ERRNO | ENOSYS), step(RETURN, ALLOW)]
code = ctypes.create_string_buffer(b"".join(program))
filter = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
# PR_SET_SECCOMP, SECCOMP_MODE_FILTER: root needs no PR_SET_NO_NEW_PRIVS for it.
if ctypes.CDLL(None, use_errno=True).prctl(22, 2, ctypes.create_string_buffer(filter), 0, 0):
    sys.exit("prctl: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[2], sys.argv[2:])
