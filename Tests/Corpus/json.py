#!/usr/bin/env python3
"""Every capture of a corpus as JSON, held against a reference: json.py EARSHOT CORPUS ALLOW

The reference and the program that compares lie beside the corpus, in ../oracle. Prints what they print and the number
of lines in ALLOW, the list of differences that are justified; status 1 when there are others.
"""
import os
import sys

from compared import compare


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    earshot, corpus, allow = (os.path.abspath(word) for word in sys.argv[1:])
    compared, trouble, summary = compare([earshot, "read", "FILE", "--format", "json"], corpus, allow)
    print(f"\n{summary}")
    sys.exit(1 if trouble or compared.returncode else 0)


if __name__ == "__main__":
    main()
