#!/usr/bin/env python3
"""A short conversation on 127.0.0.1:9000: `talk.py serve` answers every client, `talk.py` is one."""
import socket
import sys

if sys.argv[1:] == ["serve"]:
    listener = socket.create_server(("127.0.0.1", 9000))
    print("ready", flush=True)
    while True:
        client, _ = listener.accept()
        client.sendall(b"hello")
        while client.recv(100): pass
        client.close()
client = socket.create_connection(("127.0.0.1", 9000))
client.recv(100)
client.sendall(b"bye")
client.close()
