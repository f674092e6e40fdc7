"""Every parameter and error of the services' operations is shown by a test, or it is said why it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.scripts import loaded
from vault.api.operations import account, cloudwatch, kms, logs, secretsmanager


@pytest.fixture(scope="module")
def script() -> Any:
    """docs/make_coverage.py as a module."""
    return loaded("docs/make_coverage.py")


def test_every_parameter_and_error_is_shown_or_explained(script: Any) -> None:
    assert {name: made.problems for name, made in script.coverage().items()} == {key: [] for key in script.SERVICES}


def test_the_page_is_up_to_date(script: Any) -> None:
    assert script.PAGE.read_text() == script.page(script.coverage()), "run: .venv/bin/python docs/make_coverage.py"


def test_every_operation_is_offered_but_those_of_which_the_page_says_why_not(script: Any) -> None:
    parts = script.coverage()
    apart = {name for name, issue in parts["secretsmanager"].own_issue.items() if issue != "rotation"}
    assert set(secretsmanager.OPERATIONS) == set(parts["secretsmanager"].parameters) - apart
    others = {"kms": kms, "account": account, "cloudwatch": cloudwatch, "logs": logs}
    for service, module in others.items():
        apart = {*parts[service].own_issue, *parts[service].not_offered}
        assert set(module.OPERATIONS) == set(parts[service].parameters) - apart
