"""What a copy keeps."""
from check import Check

CHECKS = [
]
