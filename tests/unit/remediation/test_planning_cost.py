"""What planning does once only: it parses no file again for each of its findings, or for each other file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst
import pytest
import yaml

from remediation.model import Plan
from remediation.planner import plan_fix
from tests.unit.remediation.building import contents, finding, made_up, snapshot


def planned(files: dict[str, str], *values: str) -> Plan:
    start = snapshot(files)
    found = [
        finding(path, data, data.index(value.encode()), value, binding="api_password")
        for path, data in contents(start).items()
        for value in values
        if value.encode() in data
    ]
    return plan_fix(found, start)


class Counting:
    """A function that counts how often it is called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.calls = 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.calls += 1
        return self._function(*given, **named)


def test_a_python_file_is_parsed_once_to_be_judged_and_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [made_up(number, 20) for number in range(900, 904)]
    parse = Counting(cst.parse_module)
    monkeypatch.setattr(cst, "parse_module", parse)

    made = planned({"app.py": "".join(f'KEY_{value[:3]} = "{value}"\n' for value in values)}, *values)

    assert len(made.secrets) == len(values)
    assert parse.calls == 1


def parsed_for(manifests: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how often YAML is parsed to plan for so many manifests with a Secret each."""
    values = [made_up(1000 * manifests + number, 20) for number in range(manifests)]
    head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\nstringData:\n"
    files = {f"{number}.yaml": f"{head}  api_password: {value}\n" for number, value in enumerate(values)}
    with monkeypatch.context() as patch:
        compose = Counting(yaml.compose_all)
        patch.setattr(yaml, "compose_all", compose)
        assert len(planned(files, *values).secrets) == manifests
    return compose.calls


def test_a_manifest_is_not_parsed_again_for_each_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parsed_for(40, monkeypatch) == 2 * parsed_for(20, monkeypatch)


def test_a_package_may_have_a_name_that_means_something_in_a_pattern() -> None:
    value = made_up(920)

    made = planned({"shop(old/__init__.py": "", "shop(old/app.py": f'API_PASSWORD = "{value}"\n'}, value)

    assert "shop(old/app_secrets.py" in {edit.path for edit in made.patch.edits}
