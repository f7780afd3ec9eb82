#!/usr/bin/env python3
"""Sends UDP frames to port 9000 as fast as one processor can, and prints how many: send.py LINK SIZE COUNT.

On lo they are datagrams to 127.0.0.1, on another link frames of its own making. sendmmsg(2) sends many in a call.
"""
import ctypes
import errno
import socket
import struct
import sys

link, size, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if link == "lo":
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 9000))
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", 9000))
    data = bytes(size - 42)
else:
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((link, 0))
    data = bytes.fromhex("020000000902" "020000000901" "0800" "4500")
    data += struct.pack(">HHHBBH4s4s", size - 14, 0, 0, 64, 17, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    data += struct.pack(">HHHH", 9001, 9000, size - 34, 0) + bytes(size - 42)


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class Message(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint), ("vector", ctypes.POINTER(Vector)),
                ("count", ctypes.c_size_t), ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("padding", ctypes.c_int), ("sent", ctypes.c_uint)]


vector = Vector(data, len(data))
batch = (Message * 64)()
for message in batch:
    message.vector = ctypes.pointer(vector)
    message.count = 1
libc = ctypes.CDLL(None, use_errno=True)
sent = 0
while sent < count:
    done = libc.sendmmsg(s.fileno(), batch, min(64, count - sent), 0)
    if done < 0 and ctypes.get_errno() != errno.ENOBUFS: sys.exit("sendmmsg: errno %d" % ctypes.get_errno())
    sent += max(0, done)
print(sent)
