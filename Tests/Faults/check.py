"""One row: a command on a capture, and what its output must and must not hold."""
from dataclasses import dataclass


@dataclass
class Check:
    capture: str
    #: Words after `earshot`; FILE stands for the capture, OUT for a new pcapng.
    command: str
    #: Regular expressions of which each must be found on stdout or stderr.
    has: tuple = ()
    #: Regular expressions of which none may be found.
    lacks: tuple = ()
    status: int = 0
    #: Of stdout.
    sha256: str = ""
    #: Returns the bytes of the capture, which lies in no folder then.
    make: object = None
    #: Whether OUT must be the same as FILE, byte by byte.
    copies: bool = False
