"""What the applications said."""
from check import Check

CHECKS = [
]
