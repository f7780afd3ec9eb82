#!/usr/bin/env python3
"""TCP between two network namespaces over a link with faults, recorded at both ends.

    faulty.py transfer SEED   1 MB each way at once, over a link that loses, delays and repeats frames by SEED;
                              prints what each end sent: "client SHA256", "server SHA256"
    faulty.py SCENE           one of SCENES below, over a link that loses nothing
    faulty.py loopback        1 MB from a client to a server on 127.0.0.1, recorded by nobody

Writes client.pcap and server.pcap, as earshot (in $EARSHOT) captures them at the two ends. Runs in a network namespace
of its own, where the client is; makes another one for the server. The link is two TAP interfaces, and this program
passes frames from one to the other.
"""
import collections
import concurrent.futures
import ctypes
import fcntl
import hashlib
import heapq
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
FIN, SYN, RST, ACK = 1, 2, 4, 16
ADDRESSES = {"client": "10.9.0.1", "server": "10.9.0.2"}
PORT = 9000
# How long anything may take that must happen: a machine may be slow.
PATIENCE = 60

Segment = collections.namedtuple("Segment", "side sequence acknowledgment flags window length")


def other(side):
    return "server" if side == "client" else "client"


def run(*command):
    subprocess.run(command, check=True)


class Spaces:
    """The two network namespaces; the calling thread moves between them."""

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.files = {"client": os.open("/proc/thread-self/ns/net", os.O_RDONLY)}
        self.check(self.libc.unshare(CLONE_NEWNET))
        self.files["server"] = os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    def enter(self, side):
        self.check(self.libc.setns(self.files[side], CLONE_NEWNET))

    def check(self, result):
        if result != 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def tap(side):
    """A TAP interface in the current namespace, up, with its route; the file of its frames."""
    if not os.path.exists("/dev/net/tun"):
        os.makedirs("/dev/net", exist_ok=True)
        os.mknod("/dev/net/tun", 0o20600, os.makedev(10, 200))
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", side.encode(), IFF_TAP | IFF_NO_PI))
    run("sysctl", "-qw", "net.ipv6.conf.%s.disable_ipv6=1" % side)
    run("ip", "address", "add", ADDRESSES[side] + "/24", "dev", side)
    run("ip", "link", "set", side, "up")
    # What is lost is sent again soon.
    run("ip", "route", "replace", "10.9.0.0/24", "dev", side, "rto_min", "5ms")
    return file


def parse(side, frame):
    """The TCP segment in a frame; None where there is none."""
    if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != 6: return None
    start = 14 + 4 * (frame[14] & 15)
    sequence, acknowledgment = struct.unpack_from(">II", frame, start + 4)
    window, = struct.unpack_from(">H", frame, start + 14)
    length = 14 + struct.unpack_from(">H", frame, 16)[0] - start - 4 * (frame[start + 12] >> 4)
    return Segment(side, sequence, acknowledgment, frame[start + 13], window, length)


class Faults:
    """Loses 2 % of the segments, sends 2 % twice and holds 5 % back, by a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def delays(self):
        """In seconds, of each copy of a segment that arrives."""
        if self.random.random() < 0.02: return []
        count = 2 if self.random.random() < 0.02 else 1
        return [self.random.uniform(0.001, 0.004) if self.random.random() < 0.05 else 0.0002 for _ in range(count)]


class Link:
    """The relay, in a thread of its own, and the segments that have arrived by it."""

    def __init__(self, taps, faults=None, crosses_fins=False):
        self.taps = taps
        self.faults = faults
        # Keeps what comes with and after a FIN until both ends have sent theirs.
        self.crosses_fins = crosses_fins
        self.held = {"client": [], "server": []}
        self.passed = []
        self.news = threading.Condition()
        self.under_way = []
        self.number = 0
        threading.Thread(target=self.relay, daemon=True).start()

    def relay(self):
        sides = {file: side for side, file in self.taps.items()}
        while True:
            wait = max(0, self.under_way[0][0] - time.monotonic()) if self.under_way else None
            for file in select.select(list(sides), [], [], wait)[0]: self.take(sides[file], os.read(file, 65536))
            while self.under_way and self.under_way[0][0] <= time.monotonic():
                _, _, side, frame = heapq.heappop(self.under_way)
                try: os.write(self.taps[other(side)], frame)
                except BlockingIOError: continue  # One more that is lost.
                if segment := parse(side, frame):
                    with self.news:
                        self.passed.append(segment)
                        self.news.notify_all()

    def take(self, side, frame):
        segment = parse(side, frame)
        if segment is None: return self.send(side, frame, 0)
        if self.crosses_fins and (self.held[side] or segment.flags & FIN):
            self.held[side].append(frame)
            if all(self.held.values()):
                self.crosses_fins = False
                for sender, frames in self.held.items():
                    for each in frames: self.send(sender, each, 0)
            return
        for delay in self.faults.delays() if self.faults else [0]: self.send(side, frame, delay)

    def send(self, side, frame, delay):
        self.number += 1
        heapq.heappush(self.under_way, (time.monotonic() + delay, self.number, side, frame))

    def wait(self, what, condition):
        """Waits until `condition` holds of the segments that have arrived."""
        with self.news:
            if not self.news.wait_for(lambda: condition(self.passed), PATIENCE): sys.exit("never seen: " + what)


class Recording:
    """`earshot capture` at one end, in the current namespace."""

    def __init__(self, side):
        command = [os.environ["EARSHOT"], "capture", "-i", side, "-w", side + ".pcap", "tcp"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE)
        while b"listening" not in (line := self.process.stderr.readline()):
            if not line: sys.exit("capture: ended with %d" % self.process.wait())

    def finish(self):
        self.process.send_signal(signal.SIGINT)
        text = self.process.communicate()[1].decode()
        if self.process.returncode != 0 or "\n0 packets dropped" not in "\n" + text: sys.exit("capture: " + text)


def everything(connection):
    received = bytearray()
    while data := connection.recv(65536): received += data
    return bytes(received)


def together(*actions):
    """Does all at once; what they return."""
    with concurrent.futures.ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]


def transfer(link, client, server, seed):
    source = random.Random(seed)
    sent = {"client": source.randbytes(1_000_000), "server": source.randbytes(1_000_000)}

    def send(connection, data):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    received = together(lambda: everything(server), lambda: everything(client), lambda: send(client, sent["client"]),
                        lambda: send(server, sent["server"]))[:2]
    if received != list(sent.values()): sys.exit("the ends did not get what was sent")
    for side, data in sent.items(): print(side, hashlib.sha256(data).hexdigest())


def zero_window(link, client, server):
    """The server does not read for a while."""
    def read():
        link.wait("a zero window", lambda passed: any(
            one.side == "server" and one.window == 0 and one.flags == ACK for one in passed))
        return everything(server)

    def send():
        client.sendall(bytes(200_000))
        client.shutdown(socket.SHUT_WR)
    together(read, send)


def keep_alive(link, client, server):
    """Neither says anything for a second."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    client.sendall(b"still there?")
    server.recv(100)

    def is_answered(passed):
        ends = [one.sequence + one.length for one in passed if one.side == "client" and one.length > 0]
        probes = [index for index, one in enumerate(passed)
                  if one.side == "client" and one.length <= 1 and ends and one.sequence == (ends[0] - 1) % 2**32]
        return probes and any(one.side == "server" for one in passed[probes[0]:])
    link.wait("a keep-alive and its answer", is_answered)
    client.shutdown(socket.SHUT_WR)
    everything(server)


def reset(link, client, server):
    """The client resets the connection."""
    client.sendall(b"enough")
    server.recv(100)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    link.wait("a reset", lambda passed: any(one.flags & RST for one in passed))


def half_close(link, client, server):
    """The client has said all before the server answers."""
    client.sendall(b"all there is to ask")
    client.shutdown(socket.SHUT_WR)
    everything(server)
    server.sendall(b"all there is to answer")
    server.close()
    everything(client)


def simultaneous_close(link, client, server):
    """Both close at once; the link makes the FINs cross."""
    client.sendall(b"that is all")
    server.recv(100)
    client.shutdown(socket.SHUT_WR)
    server.shutdown(socket.SHUT_WR)
    together(lambda: everything(client), lambda: everything(server))


SCENES = {"zero-window": zero_window, "keep-alive": keep_alive, "reset": reset, "half-close": half_close,
          "simultaneous-close": simultaneous_close}


def settle(link, client, server):
    """Closes both ends, and waits until each has the other's ACK of its FIN, or one a RST."""
    for connection in (client, server): connection.close()

    def is_over(passed):
        if any(one.flags & RST for one in passed): return True
        fins = {(one.side, (one.sequence + one.length + 1) % 2**32) for one in passed if one.flags & FIN}
        return len(fins) == 2 and fins <= {(other(one.side), one.acknowledgment) for one in passed}
    link.wait("the end of the connection", is_over)


def loopback():
    listener = socket.create_server(("127.0.0.1", PORT))
    client = socket.create_connection(("127.0.0.1", PORT), PATIENCE)
    server = listener.accept()[0]
    data = random.Random(0).randbytes(1_000_000)

    def send():
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
    if together(lambda: everything(server), send)[0] != data: sys.exit("the server did not get what was sent")
    server.close()
    everything(client)
    print("client", hashlib.sha256(data).hexdigest())


def connect(scene, spaces):
    """Both ends of a connection between the namespaces; the calling thread is left in the client's."""
    spaces.enter("server")
    listener = socket.socket()
    if scene == "zero-window": listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    listener.bind((ADDRESSES["server"], PORT))
    listener.listen()
    spaces.enter("client")
    client = socket.create_connection((ADDRESSES["server"], PORT), PATIENCE)
    server = listener.accept()[0]
    for connection in (client, server): connection.settimeout(PATIENCE)
    return client, server


def main(scene, seed=None):
    if scene == "loopback": return loopback()
    spaces = Spaces()
    taps, recordings = {}, {}
    try:
        for side in ADDRESSES:
            spaces.enter(side)
            taps[side] = tap(side)
            recordings[side] = Recording(side)
        link = Link(taps, Faults(int(seed)) if scene == "transfer" else None, scene == "simultaneous-close")
        client, server = connect(scene, spaces)
        if scene == "transfer":
            transfer(link, client, server, int(seed))
        else:
            SCENES[scene](link, client, server)
        settle(link, client, server)
        for recording in recordings.values(): recording.finish()
    finally:
        for recording in recordings.values(): recording.process.kill()


main(*sys.argv[1:])
