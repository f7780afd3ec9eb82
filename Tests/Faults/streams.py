"""Which bytes were said."""
from check import Check

CHECKS = [
]
