"""The house: contracts kept, copies equal, files short, errors mapped, our own code clean."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.server import command_line, plain_environment
from vault.api.errors import wire_error
from vault.domain import errors

ROOT = Path(__file__).parents[2]
PACKAGES = ("strongroom", "scanner", "vault", "remediation", "tests")
MOST_LINES = 450


def test_the_two_hook_manifests_are_byte_equal() -> None:
    assert (ROOT / "pre-commit-hooks.yaml").read_bytes() == (ROOT / ".pre-commit-hooks.yaml").read_bytes()


def test_pre_commit_accepts_the_manifest() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_is_longer_than_one_sitting(package: str) -> None:
    long = {
        str(file): count
        for file in (ROOT / package).rglob("*.py")
        if (count := len(file.read_text().splitlines())) > MOST_LINES
    }
    assert long == {}


def test_every_module_says_first_what_it_is_for() -> None:
    silent = [
        str(file)
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if not file.read_text().startswith(('"""', "'''"))
    ]
    assert silent == []


def _refusals() -> list[type[errors.VaultError]]:
    found = [errors.VaultError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return found[1:]


@pytest.mark.parametrize("kind", _refusals(), ids=lambda kind: kind.__name__)
def test_every_refusal_of_the_store_has_an_aws_code_in_both_protocols(kind: type[errors.VaultError]) -> None:
    refusal = kind.__new__(kind)
    errors.VaultError.__init__(refusal, "said")
    for query in (False, True):
        wired = wire_error(refusal, query=query)
        assert wired.code
        assert wired.status in (400, 403, 404, 409, 410, 412, 413, 429, 500, 502, 503)


def test_our_own_repository_holds_no_credential() -> None:
    done = subprocess.run(
        command_line("scan", str(ROOT)), env=plain_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
