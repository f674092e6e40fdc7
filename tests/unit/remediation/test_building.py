"""A setup.py that imports the project's own code: a build has neither boto3 nor a store, so it must not fetch."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from remediation.check import check
from remediation.model import Disposition, Plan
from remediation.planner import plan_fix
from tests.unit.remediation.building import contents, findings, made_up, snapshot

VALUE = made_up(81, 20)
MODULE = f'"""A shop."""\n\nKEY = "{VALUE}"\nPARTS = (1, 2)\n__version__ = ".".join(str(each) for each in PARTS)\n'
SHAPES = {
    "module": {
        "setup.py": "from setuptools import setup\n\nimport shop\n\n"
        "setup(version=shop.__version__, doc=shop.__doc__)\n",
        "shop.py": MODULE,
    },
    "names": {
        "setup.py": "from setuptools import setup\nfrom shop import __version__ as version, PARTS\n"
        "setup(version=version, doc=PARTS)\n",
        "shop.py": MODULE,
    },
    "package": {
        "setup.py": "import sys\nsys.path.insert(0, 'src')\n"
        "from shop.about import __version__\nfrom setuptools import setup\n"
        "setup(version=__version__, doc='')\n",
        "src/shop/__init__.py": "from .keys import KEY\n",
        "src/shop/keys.py": MODULE,
        "src/shop/about.py": "__version__ = '3'\n",
    },
    "handed on": {
        "setup.py": "from setuptools import setup\nimport shop\nsetup(version=shop.__version__, doc='')\n",
        "shop/__init__.py": "from shop.keys import KEY\nfrom .about import __version__\n",
        "shop/keys.py": MODULE,
        "shop/about.py": "__version__: str = '3'\n",
    },
    "tried": {
        "setup.py": "from setuptools import setup\ntry:\n    from shop import __version__\nexcept ImportError:\n"
        "    __version__ = ''\nsetup(version=__version__, doc='')\n",
        "shop.py": MODULE,
    },
}


def plan(files: dict[str, str]) -> tuple[Plan, dict[str, bytes]]:
    start = snapshot(files)
    made = plan_fix(findings(contents(start), [VALUE]), start)
    check(made, start, lambda after: findings(after, [VALUE]))
    return made, contents(start) | {edit.path: edit.after for edit in made.patch.edits}


def built(folder: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what the project's setup.py says of it, where no store can be reached."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    said: dict[str, Any] = {}
    tools = types.ModuleType("setuptools")
    tools.setup = said.update  # type: ignore[attr-defined]
    known = set(sys.modules)
    with monkeypatch.context() as context:
        context.setitem(sys.modules, "setuptools", tools)
        context.setitem(sys.modules, "boto3", None)
        context.setattr(sys, "path", [str(folder), str(folder / "src"), *sys.path])
        exec(compile(files["setup.py"], "setup.py", "exec"), {"__file__": str(folder / "setup.py")})
    for name in set(sys.modules) - known:
        del sys.modules[name]
    return {name: said[name] for name in ("version", "doc")}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_build_says_the_same_and_fetches_nothing(shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: text.encode() for path, text in SHAPES[shape].items()}

    _, after = plan(SHAPES[shape])

    assert built(tmp_path / "after", after, monkeypatch) == built(tmp_path / "before", before, monkeypatch)
    assert not any(VALUE.encode() in data for data in after.values())


def test_the_plan_says_so_where_the_value_stood() -> None:
    made, _ = plan(SHAPES["module"])

    (reference,) = made.secrets[0].references
    assert reference.disposition is Disposition.REVIEW
    assert "a build has no store" in reference.reason


@pytest.mark.parametrize(
    "setup",
    [
        "from shop import main\nmain()\n",
        "import shop\nprint(dir(shop))\n",
        "import os, shop\nprint(shop.KEY)\n",
        "from shop import *\n",
        "import shop; shop.__version__ = 1\n",
    ],
)
def test_where_a_build_takes_more_than_constants_the_value_is_left_to_a_person(setup: str) -> None:
    made, after = plan({"setup.py": setup, "shop.py": MODULE + "\n\ndef main():\n    return 1\n"})

    assert made.secrets == ()
    assert after["setup.py"].decode() == setup
    assert any("setup.py imports this module" in step.reason for step in made.steps)


def test_such_a_constant_is_fetched_late_where_functions_alone_read_it() -> None:
    module = f'KEY = "{VALUE}"\n\n\ndef main():\n    return KEY\n'

    _, after = plan({"setup.py": "from shop import main\nmain()\n", "shop.py": module})

    assert 'return secret("shop/api_key")' in after["shop.py"].decode()


def test_what_a_build_does_not_run_is_fetched_as_ever() -> None:
    files = {"setup.py": "from shop.about import VERSION\n", "shop/about.py": "VERSION = 1\n", "shop/__init__.py": ""}

    made, after = plan({**files, "shop/keys.py": MODULE})

    assert made.secrets[0].references[0].disposition is Disposition.SAFE
    assert after["setup.py"].decode() == files["setup.py"]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (
            "pyproject.toml",
            '[tool.setuptools.dynamic]\nversion = {attr = "shop.__version__"}\n',
            '[tool.setuptools.dynamic]\nversion = {attr = "shop.about.__version__"}\n',
        ),
        (
            "setup.cfg",
            "[metadata]\nversion = attr: shop.__version__\n",
            "[metadata]\nversion = attr: shop.about.__version__\n",
        ),
    ],
)
def test_a_manifest_names_the_module_that_sets_the_version(path: str, before: str, after: str) -> None:
    package = {"src/shop/__init__.py": "from .about import __version__\nfrom .keys import KEY\n"}

    _, files = plan({path: before, **package, "src/shop/about.py": "__version__ = '3'\n", "src/shop/keys.py": MODULE})

    assert files[path].decode() == after


def test_a_version_that_setuptools_reads_as_text_imports_nothing() -> None:
    manifest = "[metadata]\nversion = attr: shop.__version__\n"

    made, files = plan({"setup.cfg": manifest, "shop.py": f'KEY = "{VALUE}"\n__version__ = "3"\n'})

    assert files["setup.cfg"].decode() == manifest
    assert made.secrets[0].references[0].disposition is Disposition.SAFE


def test_a_version_that_is_computed_leaves_the_value_to_a_person() -> None:
    made, _ = plan({"setup.cfg": "[metadata]\nversion = attr: shop.__version__\n", "shop.py": MODULE})

    assert any("the version is computed" in step.reason for step in made.steps)
