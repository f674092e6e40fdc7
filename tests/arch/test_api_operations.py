"""Every operation of IAM, STS, Roles Anywhere and Lambda is shown by a test, or it is said why it is not offered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.scripts import loaded
from vault.api.operations import iam, lambdas, rolesanywhere, sts


@pytest.fixture(scope="module")
def script() -> Any:
    """docs/make_operations.py as a module."""
    return loaded("docs/make_operations.py")


def test_every_operation_is_shown_or_explained(script: Any) -> None:
    assert {name: made.problems for name, made in script.tables().items()} == {key: [] for key in script.SERVICES}


def test_the_page_is_up_to_date(script: Any) -> None:
    assert script.PAGE.read_text() == script.page(script.tables()), "run: .venv/bin/python docs/make_operations.py"


@pytest.mark.parametrize(
    ("service", "module"), [("iam", iam), ("sts", sts), ("rolesanywhere", rolesanywhere), ("lambda", lambdas)]
)
def test_what_the_page_calls_offered_is_what_is_offered(script: Any, service: str, module: Any) -> None:
    assert set(script.tables()[service].shown) == set(module.OPERATIONS)
