#!/usr/bin/env python3
"""Records the fixtures from real sockets: record.py EARSHOT [NAME...] (root; writes beside this file).

Every scenario runs in network namespaces made for it and deleted after it; tcpdump writes the capture, so that
what reads the fixtures is not what wrote them (but for http_download, where earshot writes its own).
"""
import os
import random
import signal
import ssl
import struct
import subprocess
import sys
import tempfile
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


def exchange(name, family, kind, server_port, server, client, client_port=0, address="127.0.0.1"):
    """A server that answers each message it receives with the next of its own, and a client that sends its own."""
    stream = kind == "SOCK_STREAM"
    accept = "s.listen(); print('up', flush=True); c, peer = s.accept()" if stream else "print('up', flush=True)"
    process = python(A, f"""
s = socket.socket(socket.{family}, socket.{kind})
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("{address}", {server_port})); {accept}
for answer in {server!r}:
    if {stream}:
        c.recv(65536); c.sendall(answer)
    else:
        _, peer = s.recvfrom(65536); s.sendto(answer, peer)
if {stream}: c.recv(65536); c.close()
""", stdout=subprocess.PIPE)
    process.stdout.readline()
    with Capture(name, "lo", f"port {server_port}"):
        python(A, f"""
s = socket.socket(socket.{family}, socket.{kind})
s.settimeout(2)
s.bind(("{address}", {client_port})); s.connect(("{address}", {server_port}))
for message in {client!r}:
    s.send(message); s.recv(65536)
s.close()
""").wait(10)
    process.wait(10)


def labels(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def dns_message(identifier, flags, questions, answers=(), additionals=()):
    body = b"".join(labels(name) + struct.pack("!HH", kind, 1) for name, kind in questions)
    for owner, kind, ttl, data in (*answers, *additionals):
        body += owner + struct.pack("!HHIH", kind, 1 if kind != 41 else 1232, ttl, len(data)) + data
    return struct.pack("!6H", identifier, flags, len(questions), len(answers), 0, len(additionals)) + body


# The name of the first question, which every message has at byte 12.
FIRST = b"\xc0\x0c"
OPT = (b"\0", 41, 0, b"")


def dns_udp(_):
    www = labels("www.example.org")
    alias = b"\x03web" + b"\xc0\x10"
    exchange("dns/udp.pcap", "AF_INET", "SOCK_DGRAM", 53, [
        dns_message(0x1a2b, 0x8580, [("www.example.org", 1)],
                    [(FIRST, 5, 300, alias), (b"\xc0\x2d", 1, 60, bytes([192, 0, 2, 1]))], [OPT]),
        dns_message(0x1a2c, 0x8580, [("www.example.org", 28)],
                    [(www, 28, 60, bytes.fromhex("20010db8000000000000000000000001"))]),
        dns_message(0x1a2d, 0x8583, [("nowhere.example.org", 16)]),
        dns_message(0x1a2e, 0x8580, [("example.org", 15)],
                    [(FIRST, 15, 3600, b"\0\x0a\x04mail" + FIRST),
                     (FIRST, 16, 3600, b"\x0bv=spf1 -all"),
                     (FIRST, 2, 3600, b"\x02ns" + FIRST),
                     (FIRST, 6, 3600, b"\x02ns" + FIRST + b"\x04root" + FIRST +
                      struct.pack("!5I", 2026010101, 7200, 3600, 1209600, 300)),
                     (FIRST, 33, 60, struct.pack("!3H", 0, 5, 5060) + b"\x03sip" + FIRST),
                     (FIRST, 65, 60, b"\0\x01\0" + bytes.fromhex("00010003026832"))]),
        b"\x1a\x2f\x85\x80\0\x01\0\0\0\0\0\0\xc0\x0c\0\x01\0\x01",
    ], [
        dns_message(0x1a2b, 0x0100, [("www.example.org", 1)], (), [OPT]),
        dns_message(0x1a2c, 0x0100, [("www.example.org", 28)]),
        dns_message(0x1a2d, 0x0100, [("nowhere.example.org", 16)]),
        dns_message(0x1a2e, 0x0100, [("example.org", 15)]),
        dns_message(0x1a2f, 0x0100, [("example.org", 1)]),
    ])


def dns_tcp(_):
    query = dns_message(0x3c4d, 0x0100, [("example.org", 1)])
    answer = dns_message(0x3c4d, 0x8580, [("example.org", 1)], [(FIRST, 1, 60, bytes([192, 0, 2, 1]))])
    exchange("dns/tcp.pcap", "AF_INET", "SOCK_STREAM", 53,
             [struct.pack("!H", len(answer)) + answer], [struct.pack("!H", len(query)) + query])


def mdns(_):
    service = "_ipp._tcp.local"
    exchange("dns/mdns.pcap", "AF_INET", "SOCK_DGRAM", 5353, [
        dns_message(0, 0x8400, [], [
            (labels(service), 12, 4500, b"\x07Printer" + FIRST),
            (labels("printer.local"), 1, 120, bytes([10, 9, 0, 2]))]),
    ], [dns_message(0, 0, [(service, 12)])], client_port=5354)


def dhcp(_):
    """A lease in four messages. Client and server have addresses already, for plain sockets to carry them."""
    def message(operation, kind, your, options):
        header = struct.pack("!BBBBIHH", operation, 1, 6, 0, 0x1a2b3c4d, 0, 0x8000)
        header += bytes(4) + bytes(your) + bytes(8) + bytes.fromhex("020000000901") + bytes(10 + 64 + 128)
        return header + b"\x63\x82\x53\x63\x35\x01" + bytes([kind]) + options + b"\xff"
    wanted = b"\x0c\x06kitten" + b"\x37\x05\x01\x03\x06\x0f\x33"
    server = b"\x36\x04\x0a\x09\0\x02"
    lease = server + b"\x33\x04\0\0\x0e\x10\x01\x04\xff\xff\xff\0\x03\x04\x0a\x09\0\x02" \
        b"\x06\x08\x0a\x09\0\x02\x0a\x09\0\x03\x0f\x0bexample.org"
    address = [10, 9, 0, 5]
    exchange("dhcp/lease.pcap", "AF_INET", "SOCK_DGRAM", 67,
             [message(2, 2, address, lease), message(2, 5, address, lease)],
             [message(1, 1, bytes(4), wanted),
              message(1, 3, bytes(4), b"\x32\x04" + bytes(address) + server + wanted)], client_port=68)


def ntp(_):
    def packet(first, stratum, reference, *times):
        return struct.pack("!BBbbII4s", first, stratum, 6, -20, 0x0100, 0x0200, reference) + struct.pack("!4Q", *times)
    sent = 0xed5f_8f00_8000_0000
    exchange("ntp/request-reply.pcap", "AF_INET", "SOCK_DGRAM", 123,
             [packet(0x24, 1, b"GPS\0", sent - 2**36, sent, sent + 2**22, sent + 2**23),
              packet(0xe4, 0, b"RATE", 0, sent, 0, 0)],
             [packet(0x23, 0, bytes(4), 0, 0, 0, sent), packet(0x23, 0, bytes(4), 0, 0, 0, sent)])


def http(_):
    exchange("http/request-response.pcap", "AF_INET", "SOCK_STREAM", 8080, [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nHello",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    ], [
        b"GET /greeting?name=Michael HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n",
        b"POST /\x1b[2J HTTP/1.1\r\nHost: example.org\r\nContent-Length: 4\r\n\r\nexit",
    ])


def http_download(earshot):
    """10 MB from Python's own file server. Only headers are kept, so that the file is small."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "ten-megabytes"), "wb") as file:
            file.write(random.Random(1).randbytes(10_000_000))
        server = subprocess.Popen(
            inside(A, sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, "8000"),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert "Serving" in server.stdout.readline()
        capture = subprocess.Popen(
            inside(A, earshot, "capture", "-i", "lo", "-s", "128", "-w", os.path.join(HERE, "http/download.pcap"),
                   "tcp", "port", "8000"),
            stderr=subprocess.PIPE, text=True)
        assert "listening on" in capture.stderr.readline()
        python(A, """
import urllib.request
assert len(urllib.request.urlopen("http://127.0.0.1:8000/ten-megabytes").read()) == 10_000_000
time.sleep(0.2)
""").wait(20)
        capture.send_signal(signal.SIGINT)
        capture.communicate(timeout=10)
        stop(server)


def tls(_):
    """A client's hello as Python's ssl makes it, and a server's built by hand, which breaks off with an alert."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="example.org")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    server_hello = bytes.fromhex("0303") + bytes(range(32)) + bytes.fromhex("00 1301 00 0006 002b 0002 0304")
    server_hello = b"\x02" + struct.pack("!I", len(server_hello))[1:] + server_hello
    exchange("tls/hello.pcap", "AF_INET", "SOCK_STREAM", 443, [
        b"\x16\x03\x03" + struct.pack("!H", len(server_hello)) + server_hello + bytes.fromhex("140303000101"),
        bytes.fromhex("15030300020228"),
    ], [outgoing.read(), bytes.fromhex("1703030010") + bytes(16)])


def internet_checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4_packet(protocol, payload, host=1):
    ends = bytes([10, 9, 6, host, 10, 9, 6, host + 1])
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), host, 0, 64, protocol, 0) + ends
    return head[:10] + struct.pack("!H", internet_checksum(head)) + ends + payload


def ipv6_packet(next_header, payload):
    ends = bytes.fromhex("fd09" + "0" * 27 + "1" + "fd09" + "0" * 27 + "2")
    return struct.pack("!IHBB", 6 << 28, len(payload), next_header, 64) + ends + payload


def udp_datagram(payload, port, host=1):
    """With the checksum of an IPv4 packet between the same hosts; tunnels over UDP leave it out."""
    data = struct.pack("!HHHH", 40000, port, 8 + len(payload), 0) + payload
    if port in (4789, 4790, 6081):
        return data
    pseudo = bytes([10, 9, 6, host, 10, 9, 6, host + 1]) + struct.pack("!HH", 17, len(data))
    return data[:6] + struct.pack("!H", internet_checksum(pseudo + data) or 0xffff) + payload


def ethernet_frame(ether_type, payload):
    return bytes.fromhex("020000000902020000000901") + struct.pack("!H", ether_type) + payload


def tunnel_frames():
    """One datagram, in each of the tunnels."""
    inner = ipv4_packet(17, udp_datagram(b"in a tunnel", 9998, 11), 11)
    inner6 = ipv6_packet(59, b"")
    frame = ethernet_frame(0x0800, inner)
    label = struct.pack("!I", 100 << 12 | 1 << 8 | 64)
    packets = [
        ipv4_packet(4, inner), ipv4_packet(41, inner6), ipv4_packet(4, ipv4_packet(4, inner, 3)),
        ipv4_packet(47, struct.pack("!HHI", 0x2000, 0x0800, 0xbeef) + inner),
        ipv4_packet(47, struct.pack("!HHII", 0x3000, 0x6558, 0xbeef, 7) + frame),
        ipv4_packet(17, udp_datagram(struct.pack("!II", 8 << 24, 42 << 8) + frame, 4789)),
        ipv4_packet(17, udp_datagram(struct.pack("!II", 0x0c000001, 42 << 8) + inner, 4790)),
        ipv4_packet(17, udp_datagram(struct.pack("!BBHI", 0, 0, 0x6558, 42 << 8) + frame, 6081)),
        ipv4_packet(17, udp_datagram(struct.pack("!BBHIHBBI", 2, 0, 0x0800, 42 << 8, 0x0102, 1, 1, 9) + inner, 6081)),
    ]
    frames = [ethernet_frame(0x0800, packet) for packet in packets]
    frames.append(ethernet_frame(0x8847, label + inner))
    frames.append(ethernet_frame(0x8847, struct.pack("!I", 200 << 12 | 5 << 9 | 255) + label + inner))
    session = struct.pack("!HH", 2 + len(inner), 0x0021) + inner
    frames.append(ethernet_frame(0x8864, bytes.fromhex("11000007") + session))
    frames.append(ethernet_frame(0x8863, bytes.fromhex("11090000 0004 01010000".replace(" ", ""))))
    return frames


def tunnels(_):
    """Built by hand and sent through a veth pair: the same datagram in each of the tunnels."""
    link_pair()
    run(*inside(A, "sysctl", "-qw", "net.ipv6.conf.v0.disable_ipv6=1"))
    with Capture("link/tunnels.pcap", "v0", "ether src 02:00:00:00:09:01 and not arp", namespace=B):
        python(A, f"""
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("v0", 0))
for frame in {tunnel_frames()!r}:
    s.send(frame)
    time.sleep(0.01)
""").wait(10)


def interfaces(_):
    """A pcapng written here: no capture program writes interfaces of several link types into one section."""
    def option(code, value):
        return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)

    def block(kind, body):
        body += bytes(-len(body) % 4)
        length = struct.pack("<I", 12 + len(body))
        return struct.pack("<I", kind) + length + body + length

    packet = ipv4_packet(17, udp_datagram(b"the same packet", 9998))
    cooked = struct.pack("!HHH8sH", 4, 1, 6, bytes.fromhex("0200000009010000"), 0x0800)
    cooked2 = struct.pack("!HHIHBB8s", 0x0800, 0, 2, 1, 4, 6, bytes.fromhex("0200000009010000"))
    # Link type, name, resolution of its times, and the packet behind its link header.
    described = [(1, b"eth0", b"\x09", ethernet_frame(0x0800, packet)), (101, b"tun0", b"\x06", packet),
                 (113, b"any", b"\x06", cooked + packet), (276, b"any2", b"\x06", cooked2 + packet),
                 (0, b"lo0", b"\x03", struct.pack("<I", 2) + packet)]
    end = option(0, b"")
    data = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1) + option(4, b"record.py") + end)
    for link_type, name, resolution, _ in described:
        data += block(1, struct.pack("<HHI", link_type, 0, 262144) + option(2, name) + option(9, resolution) + end)
    for number, (_, name, resolution, frame) in enumerate(described):
        time = (1_700_000_000 + number) * 10 ** resolution[0]
        head = struct.pack("<IIIII", number, time >> 32, time & 0xffffffff, len(frame), len(frame))
        body = frame + bytes(-len(frame) % 4) + option(1, b"seen on " + name) + option(1, "\u2713".encode()) + end
        data += block(6, head + body)
    data += block(0xbad, struct.pack("<I", 32473) + b"custom") + block(5, struct.pack("<III", 0, 0, 0) + end)
    with open(os.path.join(HERE, "link/interfaces.pcapng"), "wb") as file:
        file.write(data)


SCENARIOS = [
    greeting_tcp, greeting_tcp6, greeting_udp, greeting_pipelined, greeting_refused, greeting_reset,
    greeting_half_close, retransmission, icmp_echo, icmp6_echo, icmp_unreachable, icmp6_unreachable, arp,
    neighbor_discovery, ipv4_fragments, ipv6_fragments, vlan, cooked, tunnels,
    interfaces, dns_udp, dns_tcp, mdns, dhcp, ntp, http, http_download, tls,
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
