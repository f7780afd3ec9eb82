"""Who is who, in which network, and seen how often."""
from check import Check

CHECKS = [
]
