"""What TCP's ends said, and how a connection ended."""
from check import Check

CHECKS = [
]
