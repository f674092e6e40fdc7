"""`strongroom quickstart`: the whole flow on a throwaway repository; each step is the real command and its output."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import string
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import click

from strongroom.kernel.errors import CheckFailed, ExitCode, UsageError
from strongroom.kernel.secretvalue import SecretValue

_PLANTED = ("login", "smtp", "database", "signing", "payments", "mail")
_TEMPLATES = ("app.py", "settings.py")
_AUTHOR = {
    "GIT_AUTHOR_NAME": "Shop Developer",
    "GIT_AUTHOR_EMAIL": "dev@shop.internal",
    "GIT_COMMITTER_NAME": "Shop Developer",
    "GIT_COMMITTER_EMAIL": "dev@shop.internal",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
_CONSONANTS = "BCDFGHJKLMNPRSTVWXZbcdfghjkmnpqrstvwxz"
_LOGIN_SECRET = "shop/app_password"  # noqa: S105 - the name that fix gives it


@click.command(
    epilog="""\b
Examples:
  strongroom quickstart
  strongroom quickstart --keep ./demo    look around afterwards"""
)
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep repository and vault here.")
def command(keep: Path | None) -> None:
    """See the whole flow on a throwaway repository: no server, account or network."""
    started = time.monotonic()
    with _workplace(keep) as folder:
        Walk(folder).run()
    click.echo(f"\nThe whole way in {time.monotonic() - started:.0f} seconds.", nl=False)
    click.echo(f" Look around in {keep}." if keep else " Nothing of it is left; --keep DIR keeps it.")


class Walk:
    """The steps, in order, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._repository = folder / "shop"
        self._environment = {**_plain_environment(), **_AUTHOR, "STRONGROOM_HOME": str(folder / "vault")}
        self._values = {name: SecretValue(_made_up()) for name in _PLANTED}

    def run(self) -> None:
        """Walk from a leaked repository to a credential that no longer works. Raises `CheckFailed` where it stops."""
        self._say("1. A small web shop with six credentials in its code")
        self._plant()
        self._say("2. Find them")
        self._strongroom("scan", expect=ExitCode.FOUND)
        self._say("3. Move them to the vault and rewrite the code, on a branch")
        self._strongroom("fix", "--branch", "fix")
        self._git("checkout", "--quiet", "fix")
        self._show_rewritten()
        self._say("4. Run the shop from the vault, rotate its login password, and run it again")
        self._rotate()
        self._say("5. Scan what is left")
        self._strongroom("scan")

    def _plant(self) -> None:
        self._repository.mkdir()
        for name in _TEMPLATES:
            text = files("strongroom.cli").joinpath("quickstart_app", f"{name}.template").read_text()
            for planted, value in self._values.items():
                text = text.replace("{{ " + planted + " }}", value.reveal_text())
            (self._repository / name).write_text(text)
        (self._repository / "requirements.txt").write_text("requests\n")
        (self._repository / ".gitignore").write_text("__pycache__/\n")
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("add", ".")
        self._git("commit", "--quiet", "--message=A small shop")

    def _rotate(self) -> None:
        old = self._values["login"]
        with self._running_shop() as url:
            _expect(url, old, 200, "the planted password")
            self._strongroom("rotate", "now", _LOGIN_SECRET)
        # The rewritten code keeps a rotating secret for a minute; who starts it anew need not wait for that.
        with self._running_shop() as url:
            _expect(url, old, 401, "the planted password")
            _expect(url, self._current_password(), 200, "the new password")

    @contextmanager
    def _running_shop(self) -> Iterator[str]:
        arguments = _own_command("run", "--", sys.executable, "app.py")
        _prompt("strongroom run -- python app.py")
        with subprocess.Popen(
            arguments, cwd=self._repository, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as shop:
            try:
                port = shop.stdout.readline().strip() if shop.stdout else b""
                if not port.isdigit():
                    raise CheckFailed("the rewritten shop did not start")
                yield f"http://127.0.0.1:{int(port)}/"
            finally:
                shop.terminate()

    def _current_password(self) -> SecretValue:
        made = self._capture("vault", "get", _LOGIN_SECRET)
        return SecretValue(made.stdout)

    def _show_rewritten(self) -> None:
        shown = subprocess.run(
            [_git_program(), "grep", "--no-color", "-h", "secret("], cwd=self._repository, env=self._environment,
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        for line in shown.stdout.splitlines():
            if "def " not in line and "`" not in line:
                click.echo(f"   + {line.strip()}")

    def _strongroom(self, *arguments: str, expect: int = ExitCode.OK) -> None:
        _prompt(f"strongroom {' '.join(arguments)}")
        done = self._capture(*arguments, together=True)
        click.echo(_indented(_condensed(done.stdout.decode())), nl=False)
        if done.returncode != expect:
            raise CheckFailed(f"strongroom {arguments[0]} ended with {done.returncode} instead of {int(expect)}")

    def _capture(self, *arguments: str, together: bool = False) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            _own_command(*arguments),
            cwd=self._repository,
            env=self._environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if together else subprocess.PIPE,
        )

    def _git(self, *arguments: str) -> None:
        subprocess.run(
            [_git_program(), *arguments], cwd=self._repository, env=self._environment, check=True, capture_output=True
        )

    def _say(self, title: str) -> None:
        click.secho(f"\n{title}", bold=True)


@contextmanager
def _workplace(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="strongroom-quickstart-") as made:
            yield Path(made)
        return
    if keep.exists() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty", hint="name a new folder")
    keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    yield keep.resolve()


def _expect(url: str, password: SecretValue, status: int, who: str) -> None:
    seen = _status(url, password)
    click.echo(f"   GET / with {who} -> {seen}")
    if seen != status:
        raise CheckFailed(f"{who} was answered with {seen} instead of {status}")


def _status(url: str, password: SecretValue) -> int:
    token = base64.b64encode(b"admin:" + password.reveal()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {token}"})  # noqa: S310 - our loopback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def _made_up() -> str:
    """Return a password drawn anew each time, so none is ever real: no character twice, and no words in it."""
    chance = secrets.SystemRandom()
    drawn = [*chance.sample(_CONSONANTS, 11), *chance.sample(string.digits, 3)]
    chance.shuffle(drawn)
    return "Q" + "".join(drawn)


def _plain_environment() -> dict[str, str]:
    """Return our environment without what would lead to another store or repository."""
    return {name: text for name, text in os.environ.items() if not name.startswith(("AWS_", "GIT_", "STRONGROOM_"))}


def _own_command(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-I", "-m", "strongroom", *arguments]


def _git_program() -> str:
    program = shutil.which("git")
    if program is None:
        raise UsageError("git is not installed", hint="install git, then run `strongroom quickstart` again")
    return program


def _prompt(line: str) -> None:
    click.secho(f" $ {line}", fg="cyan")


def _condensed(report: str) -> str:
    """Return a report with its first finding whole and the others on a line each."""
    blocks = report.split("\n\n")
    findings = [block for block in blocks if block.startswith("error[")]
    lines = [f"{block.splitlines()[0]}  {block.splitlines()[1].strip()}" for block in findings[1:]]
    rest = [block for block in blocks if not block.startswith("error[")]
    return "\n".join([*findings[:1], *lines, *rest])


def _indented(text: str) -> str:
    return "".join(f"   {line}\n" for line in text.splitlines())
