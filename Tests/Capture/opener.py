"""Asks earshot's opener of files as somebody would who got to run code in the confined process.

opener.py EARSHOT FOLDER REPLACING TEMPLATE TIMES NUMBERS NAME...: what becomes of each name, a line each.
"""

import array
import os
import socket
import subprocess
import sys

program, path, *words = sys.argv[1:]
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
folder = os.open(path, os.O_PATH | os.O_DIRECTORY)
opener = subprocess.Popen([program, "--open-files", path, *words[:4]], stdin=theirs, stdout=folder)
theirs.close()
ours.settimeout(5)
for name in words[4:]:
    ours.send(os.fsencode(name))
    answer, control, _, _ = ours.recvmsg(2048, socket.CMSG_SPACE(4))
    descriptors = array.array("i")
    for _, _, data in control:
        descriptors.frombytes(data[:4])
    if descriptors:
        os.write(descriptors[0], b"packets")
        os.close(descriptors[0])
        print(f"{name}: made")
    else:
        print(f"{name}: {os.strerror(answer[0])}")
ours.close()
print("ended", opener.wait(timeout=5))
