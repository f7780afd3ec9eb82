#!/usr/bin/env python3
"""The TCP conversations of a corpus, held against a reference: tcp.py EARSHOT CORPUS ALLOW

The reference and the program that compares lie beside the corpus, in ../oracle. Of the observations on segments 99.5 %
must agree; anything else must agree altogether, but for what ALLOW justifies. Status 1 when it does not.
"""
import os
import subprocess
import sys

# A neighbour of this file has the name of the standard library's module.
here = sys.path.pop(0)
import json
sys.path.insert(0, here)

from compared import compare

LEAST_AGREEMENT = 99.5


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    earshot, corpus, allow = (os.path.abspath(word) for word in sys.argv[1:])
    compared, trouble, summary = compare(
        [earshot, "conversations", "FILE", "--format", "json", "--segments"], corpus, allow,
        "--tcp", "--json", *os.environ.get("COMPARE_OPTIONS", "").split(), stdout=subprocess.PIPE)
    report = json.loads(compared.stdout)
    fields = report["by_field"]
    observations = sum(entry["differing"] for name, entry in fields.items() if name.startswith("analysis."))
    others = sum(entry["differing"] for name, entry in fields.items() if not name.startswith("analysis."))
    justified = report["justified"]
    agreement = 100 * (1 - observations / max(1, report["frames"]))
    print(f"TCP: captures {report['captures']}, segments {report['frames']}, observations differing {observations}, "
          f"other fields differing {others}, justified {justified}")
    print(f"TCP: observations agree on {agreement:.3f} % of the segments")
    for name, entry in fields.items():
        print(f"\n{name}: {entry['differing']} of {entry['compared']} differ")
        for example in entry["examples"]:
            print("  %s frame %s: reference %s, earshot %s" % tuple(example))
    print(f"\n{summary}")
    sys.exit(1 if trouble or others or agreement < LEAST_AGREEMENT else 0)


if __name__ == "__main__":
    main()
