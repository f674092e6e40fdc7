"""The unit of systemd and the container file start what there is, without privileges."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

from strongroom.cli.serve import command as serve_command

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "strongroom.service"
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text()
MOST_EXPOSED = 1.5
"""Of 10, by `systemd-analyze security`."""


def _options(words: list[str]) -> set[str]:
    return {word for word in words if word.startswith("--")}


_KNOWN = {name for option in serve_command.params for name in option.opts}


def test_the_unit_starts_the_server_with_options_that_it_has() -> None:
    found = re.search(r"^ExecStart=(.+)$", UNIT.read_text(), re.MULTILINE)
    assert found
    words = shlex.split(found[1])
    assert words[1] == "serve"
    assert _options(words) <= _KNOWN


def test_the_unit_is_confined() -> None:
    # systemd-analyze looks for the program of the unit, which is not installed here.
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(UNIT)], capture_output=True, text=True, check=True
    )
    found = re.search(r"Overall exposure level for \S+: (\S+)", done.stdout)
    assert found
    assert float(found[1]) <= MOST_EXPOSED


def test_the_unit_has_no_word_that_systemd_does_not_know() -> None:
    done = subprocess.run(["systemd-analyze", "verify", str(UNIT)], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "is not executable" not in line]
    assert said == []


def test_the_container_holds_all_that_the_wheel_is_built_of() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {*build["packages"], *build["force-include"], "pyproject.toml", "hatch_build.py", "README.md", "LICENSE"}
    copied = {word for line in re.findall(r"^COPY (?!--from)(.+)$", CONTAINER, re.MULTILINE) for word in line.split()}
    assert wanted <= copied
    assert all((ROOT / name).exists() for name in copied - {"./"})


def test_the_container_runs_without_root_and_serves() -> None:
    stages = re.split(r"^FROM ", CONTAINER, flags=re.MULTILINE)
    user = re.findall(r"^USER (\d+):(\d+)$", stages[-1], re.MULTILINE)
    assert user == [("10001", "10001")]
    (started,) = re.findall(r"^CMD (\[.+\])$", stages[-1], re.MULTILINE)
    words = re.findall(r'"([^"]+)"', started)
    assert words[0] == "serve"
    assert _options(words) <= _KNOWN
