"""Every operation of IAM, STS and Roles Anywhere is shown by a test, or it is said why it is not offered."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from vault.api.operations import iam, rolesanywhere, sts

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> Any:
    """docs/make_operations.py as a module."""
    spec = importlib.util.spec_from_file_location("make_operations", ROOT / "docs" / "make_operations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their module up by name.
    sys.modules["make_operations"] = module
    spec.loader.exec_module(module)
    return module


def test_every_operation_is_shown_or_explained(script: Any) -> None:
    assert {name: made.problems for name, made in script.tables().items()} == {key: [] for key in script.SERVICES}


def test_the_page_is_up_to_date(script: Any) -> None:
    assert script.PAGE.read_text() == script.page(script.tables()), "run: .venv/bin/python docs/make_operations.py"


@pytest.mark.parametrize(("service", "module"), [("iam", iam), ("sts", sts), ("rolesanywhere", rolesanywhere)])
def test_what_the_page_calls_offered_is_what_is_offered(script: Any, service: str, module: Any) -> None:
    assert set(script.tables()[service].shown) == set(module.OPERATIONS)
