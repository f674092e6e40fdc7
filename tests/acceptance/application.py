"""A public application in a repository and a virtual environment of its own, and its tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.acceptance.planting import Executed, Planted
from tests.acceptance.repository import Repository
from tests.testing.server import plain_environment

_PASSED = re.compile(r"(\d+) passed")
_PROBE = """
import hashlib, importlib, json, os, sys
if "DJANGO_SETTINGS_MODULE" in os.environ:
    import django
    django.setup()
for module, expression in json.loads(sys.argv[1]):
    value = eval(expression, vars(importlib.import_module(module)))
    print(hashlib.sha256(repr((type(value), value)).encode()).hexdigest())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """How the application's own tests ended; `passed` is 0 unless all did."""

    passed: int
    seconds: float
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What `projects.yaml` says of it, and where it lies."""

    name: str
    version: str
    kind: str
    package: str
    tests: Sequence[str]
    install: Sequence[str]
    folder: Path
    options: Sequence[str] = ()
    """What pytest is told besides."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What its tests are told, servers among it."""

    @property
    def repository(self) -> Repository:
        """The repository, with a vault beside it."""
        return Repository(top=self.folder / self.name, home=self.folder / "vault")

    @property
    def python(self) -> str:
        """The interpreter of the application's own virtual environment."""
        return str(self.folder / "venv" / "bin" / "python")

    def fetch(self) -> None:
        """Download the source distribution, commit it to a new repository, and install what it needs; once."""
        if self.repository.top.exists():
            self._start_over()
            return
        wanted = f"{self.name}=={self.version}"
        quiet = [sys.executable, "-m", "pip", "download", "-q", "--no-binary", ":all:", "--no-deps", wanted]
        _call([*quiet, "-d", str(self.folder)])
        (archive,) = self.folder.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(self.folder, filter="data")
        (unpacked,) = (each for each in self.folder.iterdir() if each.is_dir())
        unpacked.rename(self.repository.top)
        self.repository.git("init", "--quiet", "--initial-branch=main")
        # Installing writes here; it is no part of the application.
        (self.repository.top / ".git" / "info" / "exclude").write_text("*.egg-info/\n__pycache__/\n*.pyc\n.coverage\n")
        self.repository.commit(f"{self.name} {self.version}")
        _call([sys.executable, "-m", "venv", str(self.folder / "venv")])
        _call([self.python, "-m", "pip", "install", "-q", "coverage", *self.install])
        self.install_itself()

    def _start_over(self) -> None:
        """Have the repository as it was unpacked, and no vault."""
        self.repository.git("checkout", "--quiet", "--force", "main")
        self.repository.git("reset", "--quiet", "--hard", self.repository.git("rev-list", "--max-parents=0", "HEAD"))
        self.repository.git("clean", "--quiet", "-d", "--force")
        for branch in self.repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines():
            if branch != "main":
                self.repository.git("branch", "--quiet", "-D", branch)
        shutil.rmtree(self.repository.home, ignore_errors=True)
        self.repository.printed.clear()
        self.install_itself()

    def install_itself(self) -> None:
        """Install the checked-out application with whatever its manifest lists."""
        _call([self.python, "-m", "pip", "install", "-q", "-e", str(self.repository.top)])

    def executed_lines(self) -> Executed:
        """Return which lines of the application its tests execute."""
        report = self.folder / "coverage.json"
        # Its own settings may have the data written elsewhere.
        data = ["--data-file", str(self.folder / "coverage"), "--rcfile", os.devnull]
        source = ["--source", self.package, "--omit", ",".join(f"{tests}/*" for tests in self.tests)]
        tests = ["-m", "pytest", "-q", *self.options, *self.tests]
        self._run([self.python, "-m", "coverage", "run", *data, *source, *tests], {})
        self._run([self.python, "-m", "coverage", "json", "-q", *data, "-o", str(report)], {})
        files = json.loads(report.read_text())["files"]
        return {path: frozenset(found["executed_lines"]) for path, found in files.items()}

    def has(self, library: str) -> bool:
        """Tell whether the application's environment has a library."""
        found = (self.folder / "venv").glob(f"lib/python*/site-packages/{library}*")
        return any(each.name in (library, f"{library}.py") for each in found)

    def test_files(self) -> list[str]:
        """Return the modules of the tests."""
        listed = self.repository.git("ls-files", "--", *self.tests).splitlines()
        return [path for path in listed if path.endswith(".py")]

    def test(self, launcher: Sequence[str] = (), **environment: str) -> TestRun:
        """Run the application's own tests, started by `launcher` where there is one."""
        started = time.monotonic()
        tests = [self.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *self.options, *self.tests]
        done = self._run([*launcher, *tests], environment)
        passed = _PASSED.search(done.stdout)
        whole = passed is not None and done.returncode == 0
        return TestRun(
            passed=int(passed[1]) if passed and whole else 0, seconds=time.monotonic() - started, output=done.stdout
        )

    def digests(self, planted: Sequence[Planted], launcher: Sequence[str] = (), **environment: str) -> list[str]:
        """Return the SHA-256 of what the program itself reads at each planted place."""
        places = json.dumps([(each.module, each.read) for each in planted if each.read])
        done = self._run([*launcher, self.python, "-c", _PROBE, places], environment)
        return done.stdout.split() if done.returncode == 0 else [done.stderr]

    def _run(self, arguments: Sequence[str], extra: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        environment = self.repository.environment if "strongroom" in arguments else plain_environment()
        return subprocess.run(
            list(arguments), cwd=self.repository.top, env={**environment, **self.environment, **extra},
            check=False, capture_output=True, text=True,
        )  # fmt: skip


def _call(arguments: Sequence[str]) -> None:
    """Run a command that has to succeed; what it says is shown where it does not."""
    done = subprocess.run(list(arguments), check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}\n{done.stdout}{done.stderr}")
