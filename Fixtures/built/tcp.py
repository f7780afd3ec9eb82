"""Captures of tcp that are built, not recorded: a function each, which returns the file's bytes."""
from packets import *


def resets():
    """Four connections with RSTs."""
    challenged, ignored, older, aborted = (Talk(client_port=40000 + number) for number in range(4))
    frames = challenged.handshake()
    frames += [challenged.segment(1, "R", seq=challenged.numbers[1] + 99), challenged.segment(0, "A"),
               challenged.segment(0, "PA", b"on"), challenged.segment(1, "PA", b"and on"), challenged.segment(0, "FA"),
               challenged.segment(1, "FA"), challenged.segment(0, "A")]
    frames += ignored.handshake()
    frames += [ignored.segment(1, "R", seq=ignored.numbers[1] + 1_000_000), ignored.segment(1, "PA", b"on"),
               ignored.segment(0, "A")]
    frames += [older.segment(0, "S"), older.segment(1, "A", seq=7000, ack=5000), older.segment(0, "R", seq=5000),
               older.segment(0, "S", seq=100), older.segment(1, "SA"), older.segment(0, "A"),
               older.segment(0, "PA", b"on"), older.segment(1, "A")]
    frames += aborted.handshake()
    frames += [aborted.segment(0, "PA", b"ask"), aborted.segment(1, "PA", b"answer"), aborted.segment(1, "FA"),
               aborted.segment(0, "A"), aborted.segment(0, "RA")]
    return pcap(frames)


def states():
    """What a conversation can be called that never was open, or is no longer."""
    unanswered, scanned = Talk(server_port=22), Talk(server_port=443)
    fast, replaced = Talk(client_port=40001), Talk(client_port=40002)
    again = Talk(client_port=40002, client_isn=9000, server_isn=7000)
    frames = [unanswered.segment(0, "S"), scanned.segment(0, "S"), scanned.segment(1, "SA"), scanned.segment(0, "R")]
    frames += [fast.segment(0, "S", b"early"), fast.segment(1, "SA"), fast.segment(1, "PA", b"answer"),
               fast.segment(0, "A")]
    frames += replaced.handshake() + [replaced.segment(0, "PA", b"ask")]
    frames += again.handshake() + [again.segment(0, "PA", b"ask"), again.segment(1, "PA", b"answer")]
    return pcap(frames)


def probes():
    """What looks like loss or congestion, and is none."""
    window, early, counted = (Talk(client_port=40000 + number) for number in range(3))
    frames = window.handshake()
    frames += [window.segment(0, "PA", b"four"), window.segment(1, "A", window=0)]
    frames += [window.segment(0, "A", seq=window.numbers[0] - 1), window.segment(1, "A", window=0)]
    frames += [window.segment(0, "A", b"m"), window.segment(1, "A", window=0), window.segment(1, "A")]
    frames += [window.segment(0, "PA", b"ore"), window.segment(1, "A")]
    frames += [window.segment(0, "A", seq=window.numbers[0] - 1), window.segment(1, "A")]
    frames += [early.segment(0, "S"), early.segment(1, "PA", b"FAKE", seq=9000), early.segment(1, "SA"),
               early.segment(0, "A"), early.segment(1, "PA", b"true"), early.segment(0, "A")]
    frames += [counted.segment(0, "SECN"), counted.segment(1, "SAC"), counted.segment(0, "AC"),
               counted.segment(0, "PANE", b"hi"), counted.segment(1, "PANE", b"ho"), counted.segment(0, "ANC")]
    return pcap(frames)


#: Path below Fixtures, and what makes it.
SCENARIOS = {
    "tcp/resets.pcap": resets,
    "tcp/states.pcap": states,
    "tcp/probes.pcap": probes,
}
