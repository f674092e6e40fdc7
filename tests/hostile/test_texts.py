"""Contents made to exhaust a parser, a pattern or a decoder: bounded for each file, and the neighbours are read."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.conftest import KEY
from tests.hostile.scanning import Scanned, limit
from tests.testing.server import command_line, plain_environment
from tests.unit.scanner.containers.test_archive import zipped

Run = Callable[..., Scanned]
SIZE = 4_900_000


def _quine_of_zips(depth: int) -> bytes:
    data = b"x" * 1000
    for _ in range(depth):
        data = zipped({str(number): data for number in range(10)})
    return data


def _bomb(pack: Callable[[bytes], bytes]) -> bytes:
    return pack(bytes(200_000_000))


def _many_members() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for number in range(30_000):
            archive.writestr(str(number), b"")
    return held.getvalue()


def _repeated(text: str) -> bytes:
    return (text * (SIZE // len(text))).encode()


YAML_BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
TEXTS: dict[str, Callable[[], bytes]] = {
    "quoted.conf": lambda: _repeated('password="aaaa",'),
    "generic.conf": lambda: b"".join(b'session_key="%064x", ' % (number**19) for number in range(12_000)),
    "bound.conf": lambda: _repeated("password="),
    "keys.pem": lambda: _repeated("-----BEGIN RSA PRIVATE KEY-----\n"),
    "key-without-end.pem": lambda: b"-----BEGIN RSA PRIVATE KEY-----\n" + b"A" * SIZE,
    "urls.conf": lambda: _repeated("postgres://a:b@"),
    "one-url.conf": lambda: b"postgres://user:" + b"a" * SIZE,
    "spaces.conf": lambda: b"password" + b" " * SIZE,
    "quotes.conf": lambda: b'"' * SIZE,
    "backslashes.js": lambda: b'password = "' + b"\\" * SIZE,
    "tokens.conf": lambda: _repeated("ghp_"),
    "jwt.conf": lambda: b"eyJ" + b"a" * (SIZE // 2) + b".eyJ" + b"b" * (SIZE // 3),
    "brackets.py": lambda: b"[" * 10_000 + b"]" * 10_000,
    "brackets.json": lambda: b"[" * 10_000,
    "brackets.yaml": lambda: b"{" * 10_000,
    "brackets.ipynb": lambda: b'{"cell_type":' * 10_000,
    "lines.txt": lambda: b"\n" * SIZE,
    "bomb.yaml": YAML_BOMB.encode,
    "entities.xml": lambda: b'<!DOCTYPE x [<!ENTITY a "aaaa">' + b'<!ENTITY b "&a;&a;">' * 1000 + b"]><x>&b;</x>",
    "base64.txt": lambda: b"QUFB" * (SIZE // 4),
    "escapes.js": lambda: _repeated("\\u0070\\u0061"),
    "percent.txt": lambda: _repeated("%70%61"),
    "bomb.gz": lambda: _bomb(gzip.compress),
    "bomb.bz2": lambda: _bomb(bz2.compress),
    "bomb.xz": lambda: _bomb(lzma.compress),
    "bomb.zip": lambda: zipped({str(number): bytes(4_900_000) for number in range(60)}),
    "nested.zip": lambda: _quine_of_zips(4),
    "many.zip": _many_members,
    "cells.ipynb": lambda: json.dumps({"cells": [{"cell_type": "code", "source": ["x"]}] * 60_000}).encode(),
    "nul.txt": lambda: b"text\0" * 1000,
    "utf16.txt": lambda: "\ufeffpassword=".encode("utf-16-le") + b"\xd8\x00" * 100_000,
    "surrogates.json": lambda: _repeated("\\ud800\\u0022"),
    "carriage.txt": lambda: b"password=\r" * (SIZE // 10),
}


@pytest.mark.parametrize("name", list(TEXTS))
def test_one_bad_file_costs_no_more_than_itself(tmp_path: Path, run: Run, name: str) -> None:
    (tmp_path / name).write_bytes(TEXTS[name]())
    (tmp_path / "good.conf").write_text(f"token={KEY}\n")
    scanned = run(tmp_path, "tree", cpu=40)
    assert "good.conf" in scanned.found


@pytest.mark.parametrize("name", ["brackets.py", "quotes.py", "operators.py", "strings.py", "lambdas.py"])
def test_a_program_made_to_exhaust_the_parser_is_read_as_text(tmp_path: Path, run: Run, name: str) -> None:
    programs = {
        "brackets.py": "(" * 10_000 + ")" * 10_000,
        "quotes.py": "'" * 100_001,
        "operators.py": "x = " + "-" * 50_000 + "1",
        "strings.py": "x = " + "'a' " * 100_000,
        "lambdas.py": "x = " + "lambda: " * 20_000 + "1",
    }
    (tmp_path / name).write_text(f'{programs[name]}\napi_key = "{KEY}"\nimport smtplib\n')
    scanned = run(tmp_path, "tree", "--analysis", "auto", cpu=40)
    assert scanned.found == {name}


ENTANGLED = {
    "or.py": "x = x or x\n" * 3_000 + "def f(password):\n    return password == x\n",
    "call.py": "x = x(x, x)\n" * 3_000 + "def f(password):\n    return password == x\n",
    "method.py": 'y = y.a(y)\ny.login("u", y)\n' * 2_000,
    "alternatives.py": f"x = {' or '.join(f'password_{number}' for number in range(4_000))}\n" * 2,
    "items.py": f"password = {{{', '.join(f'{number}: password' for number in range(20_000))}}}\n",
    "compared.py": "".join(f'x = "abc{number}def"\n' for number in range(3_000)) + "password == x\n" * 3_000,
}


REPEATED = {
    "rules.py": "".join(f"password = 'min:a,{'min:a,' * 60}|{number}!'\n" for number in range(40)),
    "scripts.tf": "".join(
        f'resource "aws_instance" "a{number}" {{\n  user_data = "#!/bin/bash\\nmysql -pword{number} x"\n}}\n'
        for number in range(6_000)
    ),
    "array.sh": f"a=({' '.join(f'x{number}' for number in range(8_000))})\n" + 'mysql "${a[@]}"\n' * 8_000,
    "pattern.js": f"const [{', '.join(f'a{number}' for number in range(15_000))}] = password\n",
    "map.js": "const m = new Map();\n"
    + "".join(f'm.set("k{number}", "v"); connect({{password: m.get("k{number}")}})\n' for number in range(6_000)),
    "Generics.java": f"class A extends {'B<' * 20_000}C{'>' * 20_000} {{ String password = p; }}\n",
    "types.rs": "".join(
        f'impl A{number} {{ fn new() -> String {{ "v" }} }} fn f{number}() {{ let password = A{number}::new(); }}\n'
        for number in range(6_000)
    ),
}
"""What is looked up once for each of many things: it may cost no look at all of them."""


@pytest.mark.parametrize("name", REPEATED)
def test_a_program_that_repeats_itself_is_followed_within_bounds(tmp_path: Path, run: Run, name: str) -> None:
    (tmp_path / name).write_text(REPEATED[name])
    (tmp_path / "good.py").write_text(f'api_key = "{KEY}"\n')
    scanned = run(tmp_path, "tree", "--analysis", "auto", cpu=20)
    assert "good.py" in scanned.found


@pytest.mark.parametrize("name", ENTANGLED)
def test_names_that_stand_for_thousands_of_others_are_followed_within_bounds(
    tmp_path: Path, run: Run, name: str
) -> None:
    (tmp_path / name).write_text(ENTANGLED[name])
    (tmp_path / "good.py").write_text(f'api_key = "{KEY}"\n')
    scanned = run(tmp_path, "tree", "--analysis", "auto", cpu=20)
    assert "good.py" in scanned.found


def test_what_is_not_followed_to_the_end_is_said(tmp_path: Path, run: Run) -> None:
    (tmp_path / "compared.py").write_text(ENTANGLED["compared.py"])
    scanned = run(tmp_path, "tree", "--analysis", "auto")
    assert "compared.py: its names stand for too many values" in scanned.errors


@pytest.mark.parametrize("name", ["strongroom.toml", "pyproject.toml", "aws-codeguru-reviewer.yml"])
@pytest.mark.parametrize("text", [YAML_BOMB, "[" * 10_000, "a = " * 10_000, "\0" * 1000, "x" * 3_000_000])
def test_settings_made_to_exhaust_their_parser_end_the_scan_with_a_reason(
    tmp_path: Path, cache: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    done = subprocess.run(
        command_line("scan", str(tmp_path), "--analysis", "off"),
        env=plain_environment(XDG_CACHE_HOME=str(cache)),
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )
    assert done.returncode in (0, 1, 2, 3)
    assert "Traceback" not in done.stderr
    assert done.returncode != 2 or name in done.stderr
