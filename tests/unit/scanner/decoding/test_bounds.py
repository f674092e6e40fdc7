"""Decoding takes time and memory in proportion to the text, whatever somebody wrote into it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[4]
_PROGRAM = """
import base64, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
resource.setrlimit(resource.RLIMIT_AS, (1_200_000_000, 1_200_000_000))
sys.path.insert(0, sys.argv[2])
from scanner.examine import whole
from scanner.items import Blob
from scanner.prefilter.choose import prepared
from scanner.rulebook.loader import load_rulebook
size = 4_900_000
line = base64.b64encode(b"hello world, this is a line of text")
nested = b"start of the innermost text"
while len(nested) < size // 2:
    nested = base64.b64encode(nested)
unit = {
    "letters": b"A", "hex": b"41", "percent": b"%41", "escapes": b"\\\\u0041", "bytes": b"\\\\x41", "list": b"0x41, ",
    "references": b"&#65;", "lines": line + b"\\n", "words": line + b" ", "tokens": b"%41%41%41 ",
    "spread": b"\\\\u0022" + b"z" * 520, "nested": nested, "almost": b"%41%41%41" + b"a" * 2_000_000,
}[sys.argv[1]]
data = (unit * (size // len(unit)))[:size]
whole(Blob(path="a.conf", data=data), prepared(load_rulebook()))
"""


@pytest.mark.parametrize(
    "kind",
    ["letters", "hex", "percent", "escapes", "bytes", "list", "references", "lines", "words", "tokens", "spread",
     "nested", "almost"],
)  # fmt: skip
def test_five_megabytes_of_one_thing_are_survived(kind: str) -> None:
    command = [sys.executable, "-I", "-c", _PROGRAM, kind, str(_ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
