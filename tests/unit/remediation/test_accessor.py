"""The accessor module: what it answers, and where it is put so that Python finds it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from remediation import accessor
from remediation.model import Style
from tests.unit.remediation.building import made_up, snapshot
from tests.unit.remediation.memory_store import MemoryStore

VALUE = made_up(41)
in_every_style = pytest.mark.parametrize("style", list(Style), indirect=True)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def style(request: pytest.FixtureRequest) -> Style:
    """What the module reads with; a test that holds for all of them asks for it."""
    return getattr(request, "param", Style.ACCESSOR)


@pytest.fixture
def module(store: MemoryStore, style: Style, monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    """The rendered module, asking the memory store, with `app/turning` rotating."""
    made = types.ModuleType("app_secrets")
    exec(accessor.source(["app/turning"], with_bytes=True, style=style), made.__dict__)
    client = store.client()
    monkeypatch.setitem(made.__dict__, "_client", lambda: client)
    yield made
    client.close()


def put(store: MemoryStore, name: str, **content: Any) -> None:
    store.CreateSecret({"Name": name, **content})


@in_every_style
def test_a_secret_and_a_field_come_from_the_store(module: Any, store: MemoryStore) -> None:
    put(store, "app/key", SecretString=VALUE)
    put(store, "app/db", SecretString=json.dumps({"password": VALUE, "port": 5432}))

    assert module.secret("app/key") == VALUE
    assert (module.secret("app/db", "password"), module.secret("app/db", "port")) == (VALUE, "5432")


@in_every_style
def test_environment_variables_win_and_an_empty_one_is_unset(
    module: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "app/key", SecretString=VALUE)
    monkeypatch.setenv("APP_DB__PASSWORD", "one")
    monkeypatch.setenv("APP_DB", '{"password": "two", "username": "three"}')
    monkeypatch.setenv("APP_KEY", "")
    monkeypatch.setenv("APP_RAW", base64.b64encode(b"\xff\x00").decode())

    assert module.secret("app/db", "password") == "one"
    assert module.secret("app/db", "username") == "three"
    assert module.secret("app/key") == VALUE
    assert module.secret_bytes("app/raw") == b"\xff\x00"


@in_every_style
def test_what_the_process_was_given_counts_where_a_test_has_a_mapping_in_the_place_of_the_environment(
    module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_KEY", "of the process")
    monkeypatch.setattr("os.environ", {"APP_TOKEN": "of the mapping"})

    assert (module.secret("app/key"), module.secret("app/token")) == ("of the process", "of the mapping")


@pytest.mark.parametrize(("name", "seconds"), [("app/turning", 60.0), ("app/still", 300.0)])
def test_a_value_is_kept_for_a_while_and_then_asked_for_again(
    name: str, seconds: float, module: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    put(store, name, SecretString="old")
    module.secret(name)
    store.secrets[name]["SecretString"] = "new"

    now[0] += seconds - 0.1
    assert module.secret(name) == "old"
    now[0] += 0.2
    assert module.secret(name) == "new"


def test_a_kept_value_is_not_served_past_its_time_when_the_store_fails(
    module: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    put(store, "app/key", SecretString=VALUE)
    module.secret("app/key")
    now[0] += 301
    store.fail = "AccessDeniedException"

    with pytest.raises(module.SecretError, match="app/key may not be read") as caught:
        module.secret("app/key")
    assert VALUE not in str(caught.value)
    assert caught.value.__cause__ is None


@in_every_style
@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda store: None, "app/db is not in this store"),
        (lambda store: put(store, "app/db", SecretString=VALUE), "no JSON object with the field password"),
        (lambda store: put(store, "app/db", SecretBinary=base64.b64encode(b"x").decode()), "is binary"),
    ],
)
def test_an_error_names_the_secret_and_the_cause_and_no_value(
    prepare: Callable[[MemoryStore], None], message: str, module: Any, store: MemoryStore
) -> None:
    prepare(store)

    with pytest.raises(module.SecretError, match=message) as caught:
        module.secret("app/db", "password")
    assert VALUE not in str(caught.value)


def test_plain_boto3_keeps_nothing_and_the_library_keeps_what_it_read(store: MemoryStore) -> None:
    client = store.client()
    asked = {}
    for style in (Style.BOTO3, Style.CACHING_LIBRARY):
        made: Any = types.ModuleType("app_secrets")
        exec(accessor.source(["app/turning"], with_bytes=False, style=style), made.__dict__)
        made._client = lambda: client
        put(store, f"app/{style.value}", SecretString=VALUE)
        made.secret(f"app/{style.value}")
        store.secrets[f"app/{style.value}"]["SecretString"] = "new"
        asked[style] = made.secret(f"app/{style.value}")
    client.close()

    assert asked == {Style.BOTO3: "new", Style.CACHING_LIBRARY: VALUE}


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize(("rotating", "more", "lines"), [([], False, 102), (["app/db"], True, 236)])
def test_the_module_is_strictly_typed_formatted_short_and_needs_no_boto3_to_import(
    rotating: list[str], more: bool, lines: int, style: Style, tmp_path: Path
) -> None:
    source = accessor.source(rotating, with_bytes=more, with_attributes=more, with_engines=more, style=style)
    (tmp_path / "app_secrets.py").write_bytes(source)

    for tool in (["mypy", "--strict"], ["ruff", "format", "--check", "--line-length", "120"]):
        command = [sys.executable, "-m", *tool, "app_secrets.py"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    imported = subprocess.run(
        [sys.executable, "-S", "-c", "import app_secrets, sys; print('boto3' in sys.modules)"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )

    assert source.count(b"\n") < lines
    assert imported.stdout == "False\n"


@pytest.mark.parametrize(
    ("files", "using", "place", "module"),
    [
        ({"tool.py": ""}, "tool.py", "app_secrets.py", "app_secrets"),
        ({"bin/tool.py": "", "bin/other.py": ""}, "bin/tool.py", "bin/app_secrets.py", "app_secrets"),
        (
            {"app/__init__.py": "", "app/a.py": "from app.b import x\n"},
            "app/a.py",
            "app/app_secrets.py",
            "app.app_secrets",
        ),
        ({"app/__init__.py": "", "app/a.py": "from .b import x\n"}, "app/a.py", "app/app_secrets.py", ".app_secrets"),
        (
            {"app/__init__.py": "", "app/sub/__init__.py": "", "app/sub/a.py": "from ..b import x\n"},
            "app/sub/a.py",
            "app/app_secrets.py",
            "..app_secrets",
        ),
        ({"main.py": "from app.a import x\n", "app/a.py": ""}, "app/a.py", "app/app_secrets.py", ".app_secrets"),
        (
            {"src/app/__init__.py": "from app.a import x\n", "src/app/a.py": ""},
            "src/app/a.py",
            "src/app/app_secrets.py",
            "app.app_secrets",
        ),
        (
            {"bin/a.py": "import b\n", "bin/b.py": "", "bin/__init__.py": ""},
            "bin/a.py",
            "bin/app_secrets.py",
            "app_secrets",
        ),
        ({"tool.py": "", "app_secrets.py": "mine = 1\n"}, "tool.py", "application_secrets.py", "application_secrets"),
    ],
    ids=["root", "folder", "absolute", "relative", "deeper", "namespace", "src", "bare-neighbour", "name-taken"],
)
def test_the_module_lies_where_its_importer_finds_it(
    files: dict[str, str], using: str, place: str, module: str
) -> None:
    (found,) = accessor.places(snapshot(files).entries, [using])

    assert (found.path, found.modules[using]) == (place, module)


def test_scripts_and_packages_of_one_folder_share_a_module() -> None:
    files = {"config.py": "", "app/__init__.py": "import config\n", "app/a.py": ""}

    (found,) = accessor.places(snapshot(files).entries, ["config.py", "app/a.py"])

    assert found.path == "app_secrets.py"
    assert set(found.modules.values()) == {"app_secrets"}


@pytest.mark.parametrize(
    ("files", "test", "module", "paths"),
    [
        ({"app/__init__.py": "", "app/a.py": "", "tests/t.py": "import app.a\n"}, "tests/t.py", "app.app_secrets", 1),
        ({"app.py": "", "tests/t.py": "import app\n"}, "tests/t.py", "app_secrets", 1),
        (
            {"src/app/__init__.py": "", "src/app/a.py": "", "tests/unit/t.py": "from app import a\n"},
            "tests/unit/t.py",
            "app.app_secrets",
            1,
        ),
        ({"app.py": "", "tests/t.py": "import json\n"}, "tests/t.py", "app_secrets", 2),
        ({"app.py": "", "tests/__init__.py": "", "tests/t.py": "import json\n"}, "tests/t.py", "app_secrets", 1),
    ],
    ids=["package", "module", "src", "own", "one-root"],
)
def test_tests_take_the_module_of_what_they_test(files: dict[str, str], test: str, module: str, paths: int) -> None:
    code = next(path for path in files if path.endswith(("a.py", "app.py")))

    found = accessor.places(snapshot(files).entries, [code, test])

    assert next(place.modules[test] for place in found if test in place.modules) == module
    assert len(found) == paths


def test_tests_without_a_package_have_one_module_where_pytest_looks_first() -> None:
    files = {"tests/conftest.py": "", "tests/unit/test_a.py": "", "tests/other/test_b.py": ""}

    (found,) = accessor.places(snapshot(files).entries, ["tests/unit/test_a.py", "tests/other/test_b.py"])

    assert found.path == "tests/app_secrets.py"


def test_an_unchanged_module_of_an_earlier_fix_learns_new_rotating_secrets() -> None:
    present = accessor.source(["a/b"], with_bytes=False)

    assert accessor.updated(present, ["a/c"], with_bytes=False) == accessor.source(["a/b", "a/c"], with_bytes=False)


def test_a_module_that_a_person_changed_is_left_alone() -> None:
    present = accessor.source(["a/b"], with_bytes=False) + b"\nmine = 1\n"

    assert accessor.updated(present, ["a/c"], with_bytes=False) is None


def test_a_module_without_rotating_secrets_learns_to_log_in_again_with_the_first_one() -> None:
    present = accessor.source([], with_bytes=True)
    assert b"with_secret" not in present

    assert accessor.updated(present, ["a/b"], with_bytes=False) == accessor.source(["a/b"], with_bytes=True)
