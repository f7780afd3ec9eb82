#!/usr/bin/env python3
"""Captures that no program here sends, built byte by byte: build.py [FOLDER]

Writes them below FOLDER, else beside this file. The same bytes each time: a test holds the files against it.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "built"))

import applications
import files
import networks
import streams
import tcp


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else HERE
    for module in (tcp, streams, networks, applications, files):
        for name, make in module.SCENARIOS.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(make())
            print(path)


if __name__ == "__main__":
    main()
