"""`--lazy`: a constant that only the functions of its module read goes, and they fetch the value."""

from __future__ import annotations

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
        "from app_secrets import secret\n\n\n\ndef send():\n"
        '    return f"{secret(\'shop/api_key\')}!", secret("shop/api_key")\n'
    )


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": USED + "\n\nLAST = KEY\n"},
        {"a.py": USED + "\n\ndef other(key=KEY):\n    return key\n"},
        {"a.py": USED + "\n\ndef change():\n    global KEY\n    KEY = 1\n"},
        {"a.py": USED + '\n\n__all__ = ["KEY"]\n'},
        {"a.py": USED, "b.py": "from a import KEY\n"},
        {"a.py": USED, "b.py": "from a import *\n"},
        {"a.py": USED.replace('"\n', '"  # of the shop\n', 1)},
        {"a.py": "class A:\n    KEY = KEY\n" + USED},
    ],
    ids=["module", "default", "global", "exported", "imported", "star", "comment", "class-body"],
)
def test_a_constant_that_is_needed_at_import_stays(files: dict[str, str]) -> None:
    assert 'KEY = secret("shop/api_key")' in rewritten(files)


def test_settings_stay_since_frameworks_copy_them() -> None:
    assert 'KEY = secret("shop/api_key")' in rewritten({"shop/settings.py": USED}, "shop/settings.py")
