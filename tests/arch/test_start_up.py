"""What a start of the command imports, and what an installation weighs."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys

from packaging.requirements import Requirement

from tests.testing.server import plain_environment

HEAVY = (
    "libcst",
    "boto3",
    "botocore",
    "sqlalchemy",
    "git",
    "detect_secrets",
    "yaml",
    "jinja2",
    "cryptography",
    "uvicorn",
)
MOST_MEGABYTES = 85


def loaded_by(*arguments: str) -> set[str]:
    """Return the top-level modules that a command line has imported when it ends."""
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: sys.stderr.write('\\n@' + ' '.join({name.split('.')[0] for name in sys.modules})))\n"
        f"sys.argv = ['strongroom', *{list(arguments)!r}]\n"
        "from strongroom.entry import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], env=plain_environment(), capture_output=True, text=True, check=False
    )
    return set(done.stderr.rpartition("@")[2].split())


def test_help_imports_nothing_heavy() -> None:
    for arguments in (["--help"], ["scan", "--help"], ["fix", "--help"], ["run", "--help"], ["vault", "--help"]):
        loaded = loaded_by(*arguments)
        assert "click" in loaded
        assert loaded.isdisjoint(HEAVY), arguments


def test_the_base_installation_is_all_wheels_of_bounded_size() -> None:
    names = _closure("strongroom") - {"strongroom"}
    total = 0
    for name in names:
        distribution = importlib.metadata.distribution(name)
        assert distribution.read_text("WHEEL"), f"{name} was not installed from a wheel"
        total += sum(file.size or 0 for file in distribution.files or () if file.suffix != ".pyc")
    assert total < MOST_MEGABYTES * 1_000_000, f"{total / 1e6:.0f} MB in {len(names)} distributions"


def _closure(name: str) -> set[str]:
    """Return the normalised names of a distribution and all it requires without extras, as installed here."""
    found: set[str] = set()
    waiting = [(name, frozenset[str]())]
    while waiting:
        current, extras = waiting.pop()
        normal = re.sub(r"[-_.]+", "-", current).lower()
        if normal in found and not extras:
            continue
        found.add(normal)
        for text in importlib.metadata.requires(current) or ():
            requirement = Requirement(text)
            wanted = any(
                requirement.marker is None or requirement.marker.evaluate({"extra": extra}) for extra in extras or {""}
            )
            if wanted and re.sub(r"[-_.]+", "-", requirement.name).lower() not in found:
                waiting.append((requirement.name, frozenset(requirement.extras)))
    return found
