"""What a start of the command imports, and what an installation weighs."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from strongroom.cli.options import CHOICES, FLAGS, LEFT_TO_CLICK, REPEATED, SHORT, TEXTS, read_options
from strongroom.cli.scan import command as scan_command
from tests.testing.server import plain_environment
from tests.unit.scanner.making import Repository

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
MOST_MEGABYTES = 115
_LOADED = "import atexit, sys; print(' '.join({name.split('.')[0] for name in sys.modules}))"


def loaded_by(*arguments: str) -> set[str]:
    """Return the top-level modules that a command line has imported when it ends."""
    return {name.partition(".")[0] for name in modules_of(*arguments)}


def modules_of(*arguments: str) -> set[str]:
    """Return all modules that a command line has imported when it ends."""
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: sys.stderr.write('\\n@' + ' '.join(list(sys.modules))))\n"
        f"sys.argv = ['strongroom', *{list(arguments)!r}]\n"
        "from strongroom.entry import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], env=plain_environment(), capture_output=True, text=True, check=False
    )
    return set(done.stderr.rpartition("@")[2].split())


READ_AND_WRITTEN = """
import sys, vault.endpoint
from vault.bootstrap import open_in_memory
from vault.initialise import NewStore

store, administrator = open_in_memory(NewStore(account_id="123456789012", regions=("us-east-1",)))
client = store.client("secretsmanager", administrator)
client.create_secret(Name="a", SecretString="one")
client.put_secret_value(SecretId="a", SecretString="two")
assert client.get_secret_value(SecretId="a")["SecretString"] == "two"
store.close()
print(*sys.modules)
"""
FUNCTIONS = (
    "vault.domain.function_names", "vault.domain.function_policy", "vault.domain.functions", "vault.rotation.lambdas",
    "vault.services.execution_roles", "vault.services.function_calls", "vault.services.function_verification",
    "vault.services.functions", "vault.storage.functions", "vault.api.operations.lambdas",
)  # fmt: skip


def test_a_store_that_is_read_and_written_loads_nothing_of_uploaded_functions() -> None:
    done = subprocess.run([sys.executable, "-c", READ_AND_WRITTEN], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert all(map(find_spec, FUNCTIONS))
    assert "vault.gateway" in loaded
    assert loaded.isdisjoint(FUNCTIONS)


def test_help_imports_nothing_heavy() -> None:
    for arguments in (["--help"], ["scan", "--help"], ["fix", "--help"], ["run", "--help"], ["vault", "--help"]):
        loaded = loaded_by(*arguments)
        assert "click" in loaded
        assert loaded.isdisjoint(HEAVY), arguments


def test_the_options_of_a_scan_import_nothing_of_what_they_lead_to() -> None:
    loaded = modules_of("scan", "--help")
    assert "strongroom.cli.forge_options" in loaded
    assert loaded.isdisjoint({"dataclasses", "strongroom.cli.pull_request", "strongroom.cli.review_comments"})


STAGED_SCAN = {
    "__future__", "_bisect", "_hs_ext", "binascii", "bisect", "fcntl", "gc", "importlib", "marshal", "scanner",
    "select", "strongroom", "time", "warnings",
}  # fmt: skip
"""All that a staged scan which finds nothing may import beyond what Python's own start does."""


def test_a_staged_scan_that_finds_nothing_imports_next_to_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(tmp_path)
    repository.commit([("a.py", "one = 1\n"), ("pyproject.toml", "[tool.strongroom]\nexclude = []\n")])
    repository.write("a.py", "two = 2\n")
    repository.write("b.txt", "three\n")
    repository.git("add", "-A")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    loaded_by("scan")  # what is missing is made and kept, once
    bare = set(
        subprocess.run([sys.executable, "-I", "-c", _LOADED], capture_output=True, text=True, check=True).stdout.split()
    )
    loaded = loaded_by("scan", "--staged")
    assert loaded - bare - STAGED_SCAN == set()


SUSPECT = "password = get_password('the name of it', default=None)\nconnect(password=password, token='{{ token }}')\n"


@pytest.fixture
def suspicious(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is looked at closely and holds nothing."""
    place = tmp_path / "a.py"
    place.write_text(SUSPECT)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    loaded_by("scan")  # what is missing is made and kept, once
    return place


def test_a_scan_without_analysis_loads_nothing_of_it(suspicious: Path) -> None:
    loaded = modules_of("scan", "--analysis", "off", str(suspicious))
    assert "scanner.examine" in loaded
    assert {name for name in loaded if name.startswith("scanner.analysis")} == set()


def test_a_suspect_that_holds_nothing_costs_no_import_that_compiles_classes(suspicious: Path) -> None:
    loaded = modules_of("scan", str(suspicious))
    assert loaded.isdisjoint({"dataclasses", "inspect", "typing", "yaml", "tree_sitter", "libcst"})


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--staged"],
        ["a", "b/c", "-"],
        ["--", "--staged", "-x"],
        ["-f", "json"],
        ["-fjson", "--output=r.json", "-j2"],
        ["--format", "sarif", "-o", "r", "--config", "c.toml", "--rules", "a", "--rules=b"],
        ["--min-confidence", "low", "--analysis=off", "--explain", "--exit-zero", "--show-secrets"],
        ["--since", "HEAD~2", "--submodules", "--jobs", "3", "path"],
        ["--history", "--range", "a..b", "x"],
        ["--baseline", "b.jsonl", "--staged"],
        ["--verify", "--verify-host", "db.internal", "--verify-host=github=git.internal:8443"],
    ],
)
def test_the_quick_reader_of_options_answers_as_click_does(words: list[str]) -> None:
    read = read_options(words)
    assert read is not None
    given = scan_command.make_context("scan", list(words)).params
    assert {name: getattr(read, name) for name in read.__slots__} == given


@pytest.mark.parametrize(
    "words",
    [
        ["--no-such"],
        ["-f", "yaml"],
        ["-j", "0"],
        ["--output"],
        ["--staged=yes"],
        ["--help"],
        ["-x"],
        ["--stage"],
        ["-o", ""],
    ],
)
def test_the_quick_reader_leaves_to_click_what_it_does_not_know(words: list[str]) -> None:
    assert read_options(words) is None


def test_the_quick_reader_knows_every_option_that_click_knows() -> None:
    known = {*FLAGS, *CHOICES, *TEXTS, *SHORT, *REPEATED, *LEFT_TO_CLICK, "--jobs"}
    assert known == {word for option in scan_command.params for word in option.opts if word.startswith("-")}


def test_options_in_the_environment_are_left_to_click(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRONGROOM_SCAN_FORMAT", "json")
    assert read_options([]) is None


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
