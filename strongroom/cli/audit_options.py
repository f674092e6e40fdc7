"""Options that the `audit` commands share: which database, and which report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("text", "html", "json", "csv", "sarif", "markdown")
"""Of an audit's report; `scanner.audit.reports` writes them."""


def database_options(function: F) -> F:
    """Add the place of the audit's database and of its key."""
    for option in (
        click.option("--key-file", type=click.Path(dir_okay=False), help="The database's key [beside it]."),
        click.option("--db", metavar="PATH|URL", help="A file, or PostgreSQL without a password in its URL."),
    ):
        function = option(function)
    return function


def report_options(function: F) -> F:
    """Add format and place of a report."""
    for option in (
        click.option("-o", "--output", type=click.Path(), help="Write the report to a file (sarif: or a folder)."),
        click.option("-f", "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True),
        click.option("--show-secrets", is_flag=True, help="In json, values as they stand in the repositories."),
    ):
        function = option(function)
    return function


def mirrors_option(function: F) -> F:
    """Add the folder that clones are in."""
    return click.option("--mirrors", type=click.Path(file_okay=False), help="Folder for clones [the user's cache].")(
        function
    )
