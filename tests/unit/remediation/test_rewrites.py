"""Every shape of `fixtures/rewrites/python`: the text that is written, and that it does the same when it runs.

In `before.py` PLANTED stands for the value, QUOTED for the value percent-encoded; PLAN and TED for its halves.
"""

from __future__ import annotations

import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from remediation.rewriters.literals import locate
from remediation.rewriters.python import Fetch, rewrite
from remediation.rewriters.python_defaults import factory_of
from remediation.rewriters.python_idioms import judge
from remediation.rewriters.source import PythonSource
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue
from tests.unit.remediation.building import made_up

SHAPES = sorted(path.parent for path in (Path(__file__).parents[3] / "fixtures/rewrites/python").glob("*/before.py"))
VALUES = (made_up(3, 12), made_up(4, 8) + "@:/?#[]%& +" + made_up(5, 4))
# Lines without a value that belong to the rewritten expression itself.
REWRITTEN_AROUND = {
    "triple_quotes": ('TEXT = """line',),
    "dataclass_default": ("from dataclasses import dataclass",),
}


def planted(text: str, value: str) -> str:
    half = len(value) // 2
    halves = text.replace('"PLAN"', f'"{value[:half]}"').replace('"TED"', f'"{value[half:]}"')
    return halves.replace("PLANTED", value).replace("QUOTED", quote(value, safe=""))


def fetches(text: str, value: str) -> list[Fetch]:
    """Return a fetch for every planted place, found by the text that stands there."""
    data, found = text.encode(), []
    half = len(value) // 2
    for shown in sorted({value, quote(value, safe=""), value[:half]}, key=len, reverse=True):
        start = data.find(shown.encode())
        while start >= 0:
            end = start + len(shown.encode())
            if shown == value[:half] and data[end : end + 1] == b'"':
                end = data.find(value[half:].encode()) + len(value[half:].encode())
                found.append(Fetch(span=Span(start=start, end=end), value=SecretValue(value), name="app/value"))
            elif shown != value[:half] and not any(known.span.overlaps(Span(start=start, end=end)) for known in found):
                found.append(Fetch(span=Span(start=start, end=end), value=SecretValue(shown), name="app/value"))
            start = data.find(shown.encode(), start + 1)
    return found


def lazily(source: PythonSource, fetch: Fetch) -> Fetch:
    """Return the fetch as a plan makes it: the default of a field or an option becomes a function."""
    late = factory_of(source, locate(source, fetch.span, fetch.value)) is not None
    return replace(fetch, lazy_default=late)


def rewritten_shape(text: str, value: str) -> str:
    source = PythonSource.parse(text.encode())
    places = [lazily(source, each) for each in fetches(text, value)]
    return rewrite(text.encode(), places, "app_secrets").decode()


def run(text: str, value: str | None, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], list[str], list[str]]:
    """Return the module's plain results, and what it fetched at import and afterwards; no fetch is allowed for None."""
    asked: list[str] = []
    accessor = types.ModuleType("app_secrets")

    def secret(name: str, field: str | None = None) -> str:
        assert value is not None
        asked.append(name)
        return value

    accessor.secret = secret  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "app_secrets", accessor)
    planted_module = types.ModuleType("planted")
    monkeypatch.setitem(sys.modules, "planted", planted_module)
    module: dict[str, Any] = planted_module.__dict__
    exec(compile(text, "planted.py", "exec"), module)
    at_import = list(asked)
    if callable(module.get("read")):
        module["called"] = module["read"]()
    if callable(module.get("allowed")):
        module["called"] = module["allowed"](value or ""), module["allowed"]("another")
    return {name: thing for name, thing in module.items() if _plain(thing)}, at_import, asked


def _plain(thing: object) -> bool:
    return isinstance(thing, (str, bytes, dict, list, tuple, bool, int, Path)) and not isinstance(
        thing, types.ModuleType
    )


def visible(module: dict[str, Any]) -> dict[str, str]:
    """Return name, type and value of what a module binds, without what Python adds."""
    return {name: f"{type(thing)} {thing!r}" for name, thing in module.items() if not name.startswith("__")}


def _shape_name(shape: Path) -> str:
    return shape.name


@pytest.mark.parametrize("shape", SHAPES, ids=_shape_name)
def test_a_shape_is_rewritten_as_a_developer_would_have_written_it(shape: Path) -> None:
    text = planted((shape / "before.py").read_text(encoding="utf-8"), VALUES[0])

    rewritten = rewritten_shape(text, VALUES[0])

    assert rewritten == (shape / "after.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("value", VALUES, ids=["plain", "special"])
@pytest.mark.parametrize("shape", SHAPES, ids=_shape_name)
def test_a_rewritten_shape_has_the_same_values_and_types(
    shape: Path, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = planted((shape / "before.py").read_text(encoding="utf-8"), value)
    rewritten = rewritten_shape(text, value)

    before, _, _ = run(text, value, monkeypatch)
    after, _, _ = run(rewritten, value, monkeypatch)

    assert visible(after) == visible(before)
    assert value not in rewritten


@pytest.mark.parametrize("shape", SHAPES, ids=_shape_name)
def test_a_value_is_fetched_at_import_only_where_it_was_evaluated_there(
    shape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = planted((shape / "before.py").read_text(encoding="utf-8"), VALUES[0])
    places = fetches(text, VALUES[0])
    source = PythonSource.parse(text.encode())
    sites = [locate(source, each.span, each.value) for each in places]
    eager = any(judge(source, site).eager and factory_of(source, site) is None for site in sites)

    _, at_import, asked = run(rewritten_shape(text, VALUES[0]), VALUES[0], monkeypatch)

    assert bool(at_import) == eager
    assert asked


@pytest.mark.parametrize("shape", SHAPES, ids=_shape_name)
def test_a_rewritten_shape_changes_no_line_without_a_value(shape: Path) -> None:
    text = planted((shape / "before.py").read_text(encoding="utf-8"), VALUES[0])
    rewritten = rewritten_shape(text, VALUES[0])
    halves = (VALUES[0][:6], VALUES[0][6:])

    untouched = [line for line in text.splitlines() if not any(half in line for half in halves)]
    kept = iter(rewritten.splitlines())

    assert all(line in kept for line in untouched if line not in REWRITTEN_AROUND.get(shape.name, ()))
