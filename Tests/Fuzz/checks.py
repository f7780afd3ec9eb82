#!/usr/bin/env python3
"""Holds the fuzz targets' checks to what they must find, and must not: checks.py PROGRAM

A check that finds nothing would let every fuzz target pass.
"""
import subprocess
import sys

PAD = b"twenty plain letters"
KEPT = {
    "printable": (b"", PAD, PAD + b"\n" + PAD, bytes(range(0x20, 0x7f)), "é 你好 ⇄".encode()),
    "tabs": (b"\t" + PAD,),
    "colors": (PAD + b"\x1b[31;1m" + PAD + b"\x1b[0m",),
    "ascii": (PAD,),
    "line": (PAD + b"\n", b"\n"),
    "json": (b'{"a":[1,-2,0,10.05,{"b":"c\\u00ff\\n"},[]],"d":null,"e":true}\n', b"{}\n"),
    "json lines": (b"", b"{}\n", b'{"a":1}\n{"a":2}\n'),
    "xml": (b'<svg a="b>"><t>x &amp; y</t><p d=""/></svg>\n',),
}
BROKEN = {
    "printable": [PAD[:place] + bytes((byte,)) + PAD for byte in (0, 9, 0x1b, 0x1f, 0x7f, 0x80, 0x9b, 0xff)
                  for place in (0, 3, 7, 8, 20)] +
                 [PAD + text.encode() for text in ("\u0085", "\u202e", "\u2028", "\u061c", "\u00a0", "\ue000", "\u0378")],
    "tabs": [PAD + b"\x1b", PAD + b"\x7f"],
    "colors": [PAD + sequence for sequence in (b"\x1b[2J", b"\x1b]0;x\x07", b"\x1b[", b"\x1b", b"\x1b[31", b"\t")],
    "ascii": ["é".encode(), b"\x1b[0m"],
    "line": [b"", b"a", b"a\nb", b"a\nb\n", b"\n\n"],
    "json": [b"", b"{}", b"[]\n", b'{"a":01}\n', b'{"a":1,}\n', b'{"a":"\x01"}\n', b'{"a":"\\x"}\n', b'{"a" 1}\n',
             b'{"a":"b}\n', b'{"a":1.}\n', b'{"a":.5}\n', b'{"a":-}\n', b"{}{}\n"],
    "json lines": [b"{}", b"{}{}\n", b"{}\n\n", b"{}\n[]\n", b'{}\n{"a"}\n'],
    "xml": [b"<a>", b"<a", b"<a></a></a>", b"</a>", b"<a>&</a>", b"<a>&lt</a>", b"<a>></a>", b'<a b="<"></a>',
            b'<a b="&"></a>', b'<a b="></a>'],
}


def holds(program, name, text):
    return subprocess.run([program, name, text.hex()], capture_output=True).returncode == 0


def main():
    program = sys.argv[1]
    wrong = [f"{name} refuses {text!r}" for name, texts in KEPT.items() for text in texts
             if not holds(program, name, text)]
    wrong += [f"{name} lets {text!r} pass" for name, texts in BROKEN.items() for text in texts
              if holds(program, name, text)]
    if wrong:
        sys.exit("\n".join(["checks of the fuzz targets are wrong:"] + wrong))


if __name__ == "__main__":
    main()
