"""Rewritten scripts, run by real shells: the same words at the same places, and a store that fails is noticed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from remediation.rewriters.configuration import shell
from remediation.rewriters.configuration.model import Fetch, File, Place
from strongroom.kernel.secretvalue import SecretValue
from tests.unit.remediation.building import made_up

VALUE = made_up(7, 20)
LINES = (
    "X={0}; printf '%s' \"$X\"",
    "X='{0}'; printf '%s' \"$X\"",
    'X="a {0} b"; printf \'%s\' "$X"',
    "X='a {0} b'; printf '%s' \"$X\"",
    "export X={0}; printf '%s' \"$X\"",
    "f() {{ local X='{0}'; printf '%s' \"$X\"; }}; f",
    "readonly X={0}; printf '%s' \"$X\"",
    "X={0} sh -c 'printf %s \"$X\"'",
    "printf '%s|' -p{0} --key='{0}' \"{0}\"",
    "cat <<EOF\nkey {0}\nEOF",
    "printf '%s' \"$(printf %s {0})\"",
    "printf '%s' \"${{UNSET:-{0}}}\"",
    "if [ {0} = x ]; then echo no; else echo yes; fi",
    "case x in {0}) echo no;; *) echo yes;; esac",
)


def rewritten(script: str, value: str = VALUE) -> str:
    data = script.encode()
    fetches, at = [], data.find(value.encode())
    while at >= 0:
        place = Place(start=at, end=at + len(value), value=SecretValue(value))
        shell.judge(File(path="a.sh", data=data, tree={}), place)
        fetches.append(Fetch(place=place, name="shop/key"))
        at = data.find(value.encode(), at + 1)
    return shell.rewrite(File(path="a.sh", data=data, tree={}), fetches).files["a.sh"].decode()


def run(interpreter: str, script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", **variables}
    return subprocess.run([interpreter, "-c", script], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A folder with an `aws` that knows one secret, and fails for every other."""
    command = tmp_path / "aws"
    command.write_text(f'#!/bin/sh\ncase "$*" in *" shop/key "*) echo "{VALUE}$SPECIAL";; *) exit 7;; esac\n')
    command.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("interpreter", ["bash", "dash"])
@pytest.mark.parametrize("line", LINES)
def test_a_rewritten_script_does_the_same(line: str, interpreter: str, store: Path) -> None:
    script = line.format(VALUE)

    before, after = run(interpreter, script, store), run(interpreter, rewritten(script), store)

    assert VALUE not in rewritten(script)
    assert (after.returncode, after.stdout, after.stderr) == (before.returncode, before.stdout, before.stderr)


@pytest.mark.parametrize("line", [line for line in LINES if "EOF" not in line and "local" not in line])
def test_a_value_with_blanks_and_signs_stays_one_word(line: str, store: Path) -> None:
    special = " * $HOME 'x'"

    after = run("bash", rewritten(line.format(VALUE)), store, SPECIAL=special)

    assert after.returncode == 0
    assert after.stdout in ("yes\n", "no\n") or f"{VALUE}{special}" in after.stdout


@pytest.mark.parametrize("line", ["X={0}\necho on", "export X={0}\necho on", "readonly X={0}\necho on"])
def test_a_store_that_fails_ends_a_script_that_minds_errors(line: str, tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("#!/bin/sh\nexit 7\n")
    (tmp_path / "aws").chmod(0o755)

    done = run("bash", "set -e\n" + rewritten(line.format(VALUE)), tmp_path)

    assert done.returncode == 7
    assert done.stdout == ""


def test_the_variable_of_the_secret_is_used_instead_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("#!/bin/sh\nexit 7\n")
    (tmp_path / "aws").chmod(0o755)

    done = run("bash", rewritten(f"X={VALUE}; echo $X"), tmp_path, SHOP_KEY="mine")

    assert done.stdout == "mine\n"
