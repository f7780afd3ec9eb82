#!/usr/bin/env python3
"""Records the fixtures from real sockets: record.py EARSHOT [NAME...] (root; writes beside this file).

Every scenario runs in network namespaces made for it and deleted after it; tcpdump writes the capture, so that
what reads the fixtures is not what wrote them.
"""
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
A, B = f"earshot-a-{os.getpid()}", f"earshot-b-{os.getpid()}"


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)


def inside(namespace, *command):
    return ["ip", "netns", "exec", namespace, *command]


class Capture:
    """tcpdump on an interface of a namespace, from before the first packet to after the last."""

    def __init__(self, name, interface, expression="", namespace=A, snapshot=262144):
        path = os.path.join(HERE, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.process = subprocess.Popen(
            inside(namespace, "tcpdump", "-i", interface, "-U", "--immediate-mode", "-s", str(snapshot),
                   "-w", path, "-Z", "root", *expression.split()),
            stderr=subprocess.PIPE, text=True)
        while "listening on" not in self.process.stderr.readline():
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        time.sleep(0.4)
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=10)


def python(namespace, code, **options):
    """Runs a few lines of Python on plain sockets inside a namespace."""
    prelude = "import socket, struct, time\n"
    return subprocess.Popen(inside(namespace, sys.executable, "-c", prelude + code), **options)


def served(earshot, *arguments, namespace=A):
    server = subprocess.Popen(inside(namespace, earshot, "greet", "serve", *arguments),
                              stdout=subprocess.PIPE, text=True)
    assert "Waiting" in server.stdout.readline()
    return server


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)


def greeting(earshot, name, *arguments):
    server = served(earshot, "--delay", "0.05", *arguments)
    with Capture(name, "lo", "port 9999"):
        run(*inside(A, earshot, "greet", "connect", *arguments))
    stop(server)


def greeting_tcp(earshot):
    greeting(earshot, "greeting/tcp.pcap")


def greeting_tcp6(earshot):
    greeting(earshot, "greeting/tcp6.pcap", "-6", "--host", "::1")


def greeting_udp(earshot):
    greeting(earshot, "greeting/udp.pcap", "--transport", "udp")


def greeting_pipelined(earshot):
    server = served(earshot, "--delay", "0.05")
    with Capture("greeting/pipelined.pcap", "lo", "port 9999"):
        python(A, """
s = socket.create_connection(("127.0.0.1", 9999))
s.recv(64)
s.sendall(b"MichaelTracySarah")
s.recv(64)
s.sendall(b"exit")
s.recv(64)
s.close()
""").wait(10)
    stop(server)


def greeting_refused(earshot):
    with Capture("greeting/refused.pcap", "lo", "port 9999"):
        subprocess.run(inside(A, earshot, "greet", "connect"), stderr=subprocess.DEVNULL)


def greeting_reset(earshot):
    server = served(earshot, "--delay", "5")
    with Capture("greeting/reset.pcap", "lo", "port 9999"):
        python(A, """
s = socket.create_connection(("127.0.0.1", 9999))
s.recv(64)
s.sendall(b"Michael")
time.sleep(0.1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.close()
""").wait(10)
    stop(server)


def greeting_half_close(_):
    server = python(A, """
l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
l.bind(("127.0.0.1", 9999)); l.listen(); print("up", flush=True)
c, _ = l.accept()
c.sendall(b"Welcome!")
name = c.recv(1024)
assert c.recv(1024) == b""
time.sleep(0.05)
c.sendall(b"Hello, " + name + b"!")
time.sleep(0.05)
c.close()
""", stdout=subprocess.PIPE)
    server.stdout.readline()
    with Capture("greeting/half-close.pcap", "lo", "port 9999"):
        python(A, """
s = socket.create_connection(("127.0.0.1", 9999))
s.recv(64)
s.sendall(b"Michael")
time.sleep(0.02)
s.shutdown(socket.SHUT_WR)
while s.recv(64): pass
s.close()
""").wait(10)
    server.wait(10)


def retransmission(_):
    server = python(A, """
l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
l.bind(("127.0.0.1", 9999)); l.listen(); print("up", flush=True)
c, _ = l.accept()
c.sendall(b"Welcome!")
name = c.recv(1024)
c.sendall(b"Hello, " + name + b"!")
c.recv(1024)
c.close()
""", stdout=subprocess.PIPE)
    server.stdout.readline()
    run(*inside(A, "nft", "add table inet lossy; add chain inet lossy in { type filter hook input priority 0; }"))
    with Capture("tcp/retransmission.pcap", "lo", "port 9999"):
        client = python(A, """
s = socket.create_connection(("127.0.0.1", 9999))
s.recv(64)
print("connected", flush=True); input()
s.sendall(b"Michael")
s.recv(64)
s.sendall(b"exit")
s.recv(64)
s.close()
""", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        client.stdout.readline()
        run(*inside(A, "nft", "add rule inet lossy in tcp dport 9999 meta length > 54 drop"))
        client.stdin.write(b"\n")
        client.stdin.flush()
        time.sleep(0.1)
        run(*inside(A, "nft", "flush chain inet lossy in"))
        client.wait(10)
    server.wait(10)


def echo_lines(family, address):
    """A raw ICMP echo client: three requests, each waiting for its reply."""
    kind, protocol = ("AF_INET", "IPPROTO_ICMP") if family == 4 else ("AF_INET6", "IPPROTO_ICMPV6")
    request = 8 if family == 4 else 128
    return f"""
s = socket.socket(socket.{kind}, socket.SOCK_RAW, socket.{protocol})
s.settimeout(2)
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff
for number in 1, 2, 3:
    body = bytes(range(0x10, 0x40))
    header = struct.pack("!BBHHH", {request}, 0, 0, 0x4561, number)
    if {family} == 4: header = struct.pack("!BBHHH", 8, 0, checksum(header + body), 0x4561, number)
    s.sendto(header + body, ("{address}", 0))
    time.sleep(0.05)
"""


def icmp_echo(_):
    with Capture("icmp/echo.pcap", "lo", "icmp"):
        python(A, echo_lines(4, "127.0.0.1")).wait(10)


def icmp6_echo(_):
    with Capture("icmp/echo6.pcap", "lo", "icmp6"):
        python(A, echo_lines(6, "::1")).wait(10)


def unreachable(name, family, address):
    with Capture(name, "lo"):
        python(A, f"""
s = socket.socket(socket.{family}, socket.SOCK_DGRAM)
s.connect(("{address}", 9998))
s.send(b"anybody there?")
time.sleep(0.05)
""").wait(10)


def icmp_unreachable(_):
    unreachable("icmp/port-unreachable.pcap", "AF_INET", "127.0.0.1")


def icmp6_unreachable(_):
    unreachable("icmp/port-unreachable6.pcap", "AF_INET6", "::1")


def link_pair():
    """Two namespaces joined by a veth pair: 10.9.0.1 and fd09::1 in A, .2 and ::2 in B."""
    run("ip", "link", "add", "v0", "netns", A, "type", "veth", "peer", "name", "v0", "netns", B)
    for number, namespace in ((1, A), (2, B)):
        run(*inside(namespace, "ip", "link", "set", "v0", "address", f"02:00:00:00:09:0{number}"))
        run(*inside(namespace, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.v0.accept_dad=0"))
        run(*inside(namespace, "ip", "address", "add", f"10.9.0.{number}/24", "dev", "v0"))
        run(*inside(namespace, "ip", "address", "add", f"fd09::{number}/64", "dev", "v0", "nodad"))
        run(*inside(namespace, "ip", "link", "set", "v0", "up"))
    time.sleep(0.3)


def arp(_):
    link_pair()
    with Capture("arp/request-reply.pcap", "v0", "arp or icmp"):
        python(A, echo_lines(4, "10.9.0.2")).wait(10)


def neighbor_discovery(_):
    link_pair()
    time.sleep(2)  # until both ends answer for their addresses
    with Capture("icmp/neighbor-discovery.pcap", "v0", "icmp6"):
        python(A, echo_lines(6, "fd09::2")).wait(10)


def fragments(name, family, address, expression, mtu, length):
    """A datagram too long for the link, there and back."""
    link_pair()
    for namespace in A, B:
        run(*inside(namespace, "ip", "link", "set", "v0", "mtu", str(mtu)))
    server = python(B, f"""
s = socket.socket(socket.{family}, socket.SOCK_DGRAM)
s.bind(("{address}", 9000)); print("up", flush=True)
data, peer = s.recvfrom(9000)
s.sendto(data, peer)
""", stdout=subprocess.PIPE)
    server.stdout.readline()
    with Capture(name, "v0", expression):
        python(A, f"""
s = socket.socket(socket.{family}, socket.SOCK_DGRAM)
s.sendto(bytes(i % 251 for i in range({length})), ("{address}", 9000))
s.settimeout(2); s.recv(9000)
""").wait(10)
    server.wait(10)


def ipv4_fragments(_):
    fragments("ip/fragments.pcap", "AF_INET", "10.9.0.2", "ip", 576, 1200)


def ipv6_fragments(_):
    fragments("ip/fragments6.pcap", "AF_INET6", "fd09::2", "ip6 host fd09::2 and not icmp6", 1280, 1500)


def vlan(_):
    """Built by hand and sent through a veth pair: an 802.1Q tag, and one inside an 802.1ad service tag."""
    link_pair()
    run(*inside(A, "sysctl", "-qw", "net.ipv6.conf.v0.disable_ipv6=1"))
    with Capture("link/vlan.pcap", "v0", "vlan", namespace=B):
        python(A, """
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("v0", 0))
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff
ends = socket.inet_aton("10.9.5.1") + socket.inet_aton("10.9.5.2")
def send(tags, text):
    length = 8 + len(text)
    udp = struct.pack("!4H", 40000, 9998, length, 0) + text
    udp = udp[:6] + struct.pack("!H", checksum(ends + struct.pack("!HH", 17, length) + udp)) + text
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 1, 0, 64, 17, 0) + ends
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ends
    s.send(bytes.fromhex("020000000902020000000901") + tags + b"\\x08\\x00" + ip + udp)
    time.sleep(0.01)
send(struct.pack("!HH", 0x8100, 0x6005), b"priority 3, VLAN 5")
send(struct.pack("!HHHH", 0x88a8, 7, 0x8100, 8), b"service 7, VLAN 8!")
""").wait(10)


def cooked(_):
    """The same echo as Linux cooked v2 frames, from -i any."""
    with Capture("link/cooked2.pcap", "any", "icmp"):
        python(A, echo_lines(4, "127.0.0.1")).wait(10)


SCENARIOS = [
    greeting_tcp, greeting_tcp6, greeting_udp, greeting_pipelined, greeting_refused, greeting_reset,
    greeting_half_close, retransmission, icmp_echo, icmp6_echo, icmp_unreachable, icmp6_unreachable, arp,
    neighbor_discovery, ipv4_fragments, ipv6_fragments, vlan, cooked,
]


def main():
    earshot = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:]
    for scenario in SCENARIOS:
        if wanted and scenario.__name__ not in wanted:
            continue
        for namespace in A, B:
            run("ip", "netns", "add", namespace)
            run(*inside(namespace, "ip", "link", "set", "lo", "up"))
        try:
            scenario(earshot)
            print(scenario.__name__)
        finally:
            for namespace in A, B:
                subprocess.run(["ip", "netns", "delete", namespace])


if __name__ == "__main__":
    main()
