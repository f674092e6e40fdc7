"""`--lazy`: a constant that only the functions of its module read goes, and they fetch the value."""

from __future__ import annotations

import sys
import types

import pytest

from remediation.check import check
from remediation.model import Taste
from remediation.planner import plan_fix
from tests.unit.remediation.building import contents, findings, made_up, snapshot

VALUE = made_up(71, 20)
USED = 'KEY = "PLANTED"\n\n\ndef send():\n    return f"{KEY}!", KEY\n'


def rewritten(files: dict[str, str], path: str = "a.py") -> str:
    start = snapshot({path: text.replace("PLANTED", VALUE) for path, text in files.items()})
    made = plan_fix(findings(contents(start), [VALUE]), start, Taste(lazy=True))
    check(made, start, lambda after: findings(after, [VALUE]))
    return next(edit.after for edit in made.patch.edits if edit.path == path).decode()


def test_a_constant_that_functions_alone_read_goes_and_each_use_fetches() -> None:
    assert rewritten({"a.py": USED}) == (
        "from app_secrets import secret\n\n\ndef send():\n"
        '    return f"{secret(\'shop/api_key\')}!", secret("shop/api_key")\n'
    )


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("", "\n\n"),
        ('"""Keys."""\n', "\n\n"),
        ('"""Keys."""\n\n', "\n\n"),
        ('"""Keys."""\n# Keys of the shop.\n', "\n\n"),
        ("import os\n\n", "\n\n"),
        ("import os\n", "\n\n"),
        ("import os\n\nFIRST = 1\n", "LAST = 2\n\n\n"),
        ("import os\n\nFIRST = 1\n\n", "\nLAST = 2\n\n\n"),
        ("import os\n\nFIRST = 1\n\n", "LAST = 2\n\n\n"),
        ("# Keys of the shop.\n", "\n\n"),
        ("# Copyright\n\n", "\n\n"),
        ("# Copyright\n\n# Keys of the shop.\n", "\n\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_where_a_constant_was_no_more_blank_lines_stay_than_there_should_be(
    above: str, below: str, newline: str
) -> None:
    text = f'{above}KEY = "PLANTED"\n{below}def send():\n    return KEY\n'.replace("\n", newline)
    lines = rewritten({"a.py": text}).split(newline)
    shown = "".join("x" if line else "." for line in lines)
    assert "..." not in shown
    assert shown[: lines.index("def send():")].endswith("x..")


def test_a_constant_at_the_end_leaves_no_blank_line_there() -> None:
    assert rewritten({"a.py": 'def send():\n    return KEY\n\n\nKEY = "PLANTED"\n'}).endswith('("shop/api_key")\n')


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": USED + "\n\nLAST = KEY\n"},
        {"a.py": USED + "\n\ndef other(key=KEY):\n    return key\n"},
        {"a.py": USED + "\n\ndef change():\n    global KEY\n    KEY = 1\n"},
        {"a.py": USED, "b.py": "from a import *\n"},
        {"a.py": USED, "b.py": "import a\n\na.KEY = 1\n"},
        {"a.py": USED, "b.py": "import a\n\nprint(a.KEY, vars(a))\n"},
        {"a.py": USED, "test_b.py": "def test_it(monkeypatch):\n    monkeypatch.setattr('a.KEY', 1)\n"},
        {"a.py": USED, "test_b.py": "from unittest.mock import patch\n\npatch.multiple('a', KEY=1)\n"},
        {"a.py": USED, "a.pyi": "KEY: str\n"},
        {"a.py": USED + "\n\ndef __getattr__(name):\n    return name\n", "b.py": "from a import KEY\n"},
        {"a.py": USED.replace('"\n', '"  # of the shop\n', 1)},
        {"a.py": "class A:\n    KEY = KEY\n" + USED},
    ],
    ids=[
        *(
            "module",
            "default",
            "global",
            "star",
            "set",
            "listed",
            "patched",
            "patched-by-keyword",
            "stub",
            "makes-names",
        ),
        *("comment", "class-body"),
    ],
)
def test_a_constant_that_is_needed_at_import_stays(files: dict[str, str]) -> None:
    assert 'KEY = secret("shop/api_key")' in rewritten(files)


def test_settings_stay_since_frameworks_copy_them() -> None:
    assert 'KEY = secret("shop/api_key")' in rewritten({"shop/settings.py": USED}, "shop/settings.py")


MADE = """

def __getattr__(name: str) -> str:
    if name == "KEY":
        return secret("shop/api_key")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
"""


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        (USED, "from a import KEY as K\n\nprint(K)\n"),
        (USED, "import a\n\n\ndef send():\n    return a.KEY\n"),
        (USED + '\n\n__all__ = ["KEY"]\n', "from a import *\n"),
        (USED + '\n\n__all__ = ["KEY"]\n', ""),
    ],
    ids=["imported", "attribute", "star", "listed"],
)
def test_a_constant_that_others_read_is_made_by_its_module_when_it_is_asked_for(text: str, reader: str) -> None:
    after = rewritten({"a.py": text, "b.py": reader})

    assert after.endswith(MADE)
    assert 'return f"{secret(\'shop/api_key\')}!", secret("shop/api_key")' in after


def test_a_module_makes_a_name_for_each_constant_that_others_read() -> None:
    other = made_up(72, 20)
    files = {"a.py": f'KEY = "{VALUE}"\nTOKEN = "{other}"\n', "b.py": "from a import KEY, TOKEN\n"}
    start = snapshot(files)

    made = plan_fix(findings(contents(start), [VALUE, other]), start, Taste(lazy=True))

    after = next(edit.after for edit in made.patch.edits if edit.path == "a.py").decode()
    assert after.count("def __getattr__(") == 1
    assert after.index('if name == "KEY":') < after.index('if name == "TOKEN":')


CLASS = """class Base:
    pass


class Shop(Base):
    key = "PLANTED"  # of the shop

    def send(self):
        return self.key
"""


def test_an_attribute_of_a_plain_class_is_read_whenever_it_is_asked_for() -> None:
    assert rewritten({"a.py": CLASS}) == (
        "from app_secrets import secret_attribute\n\n\n"
        + CLASS.replace('"PLANTED"', 'secret_attribute("shop/api_key")')
    )


@pytest.mark.parametrize(
    "text",
    [
        CLASS.replace("class Shop", "@decorated\nclass Shop"),
        CLASS.replace("Shop(Base)", "Shop(Base, metaclass=M)"),
        CLASS.replace("Shop(Base)", "Shop(Model)"),
        CLASS.replace("Base:", "Base(Model):"),
        CLASS.replace("def send(self)", "def send(self, key=key)"),
        CLASS + "    other = key\n",
        CLASS + "\n\nprint(vars(Shop))\n",
    ],
    ids=["decorated", "metaclass", "base", "base-of-base", "default", "read", "listed"],
)
def test_an_attribute_of_which_its_class_makes_more_stays(text: str) -> None:
    assert 'key = secret("shop/api_key")' in rewritten({"a.py": text})


def run(monkeypatch: pytest.MonkeyPatch, files: dict[str, str], after: str) -> tuple[types.ModuleType, list[str]]:
    """Return the module `a` after a fix, and what it has fetched."""
    asked: list[str] = []
    start = snapshot({path: text.replace("PLANTED", VALUE) for path, text in files.items()})
    plan = plan_fix(findings(contents(start), [VALUE]), start, Taste(lazy=True))
    accessor, module = types.ModuleType("app_secrets"), types.ModuleType("a")
    exec(next(edit.after for edit in plan.patch.edits if edit.path == "app_secrets.py"), accessor.__dict__)
    accessor._stored = lambda name: asked.append(name) or VALUE  # type: ignore[attr-defined, func-returns-value]
    monkeypatch.setitem(sys.modules, "app_secrets", accessor)
    exec(after, module.__dict__)
    return module, asked


def test_nothing_is_fetched_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a.py": USED + CLASS, "b.py": "import a\n\nprint(a.KEY)\n"}

    module, asked = run(monkeypatch, files, rewritten(files))

    assert asked == []
    assert (module.KEY, module.Shop.key, module.Shop().send(), module.send()) == (
        VALUE,
        VALUE,
        VALUE,
        (f"{VALUE}!", VALUE),
    )
    with pytest.raises(AttributeError, match="has no attribute 'OTHER'"):
        module.OTHER  # noqa: B018


def test_an_object_and_a_subclass_have_values_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    module, asked = run(monkeypatch, {"a.py": CLASS}, rewritten({"a.py": CLASS}))
    shop = module.Shop()
    shop.key = "own"

    assert (shop.send(), type("Other", (module.Shop,), {"key": "its"})().send()) == ("own", "its")
    assert asked == []
