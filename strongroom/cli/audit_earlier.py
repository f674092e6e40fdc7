"""`strongroom audit report | trend | diff`: what earlier audits saw, from the database, without looking again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from strongroom.cli.audit_options import database_options, mirrors_option, report_options
from strongroom.kernel.errors import ExitCode, UsageError

_CHANGES = ("text", "json", "csv", "markdown")
_MOST = 2_000_000_000


@click.command(
    epilog="""\b
Examples:
  strongroom audit report -f html -o audit.html   the last audit
  strongroom audit report 3 -f json               the third one"""
)
@click.argument("number", required=False, type=click.IntRange(1))
@mirrors_option
@database_options
@report_options
def report(number: int | None, db: str | None, key_file: str | None, mirrors: str | None, **given: Any) -> int:
    """Write the report of an audit again, in any format. Exits 0: nothing is looked at anew."""
    from strongroom.cli.audit_report import Wish, write

    wish = Wish(**given, mirrors=mirrors)
    with _database(db, key_file) as database:
        write(_reader(database, number), wish)
    return ExitCode.OK


@click.command(epilog="Example: strongroom audit trend -f csv -o trend.csv")
@database_options
@click.option("-f", "--format", "form", type=click.Choice(_CHANGES), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write to a file.")
def trend(db: str | None, key_file: str | None, form: str, output: str | None) -> int:
    """Show what every audit so far saw: open, fixed, new, moved."""
    from strongroom.cli.audit_report import write_trend

    with _database(db, key_file) as database:
        write_trend(_reader(database, None).trend(), form, output)
    return ExitCode.OK


@click.command(
    epilog="""\b
Examples:
  strongroom audit diff                        the last audit against the one before
  strongroom audit diff 3 latest               the last one against the third
  strongroom audit diff old.json new.json      two JSON reports of one database

A and B are numbers of audits, `latest`, `previous`, or files.

Exit status: 0 nothing new, 1 findings that are new or came back, 2 usage."""
)
@click.argument("before", metavar="A", default="previous")
@click.argument("after", metavar="B", default="latest")
@database_options
@click.option("-f", "--format", "form", type=click.Choice(_CHANGES), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write to a file.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever is new.")
def diff(
    before: str, after: str, db: str | None, key_file: str | None, form: str, output: str | None, exit_zero: bool
) -> int:
    """Show what changed from audit A to audit B."""
    from scanner.audit.diff import difference
    from strongroom.cli.audit_report import write_diff

    changes = difference(_side(before, db, key_file), _side(after, db, key_file))
    write_diff(changes, form, output)
    worse = any(one["suppressed_by"] is None for kind in ("new", "reopened") for one in changes[kind])
    return ExitCode.FOUND if worse and not exit_zero else ExitCode.OK


def _side(named: str, db: str | None, key_file: str | None) -> Any:
    from scanner.audit.diff import Side, side_of

    if Path(named).is_file():
        return side_of(_file(named), named)
    from scanner.audit.document import document

    with _database(db, key_file) as database:
        number = _number(named, _reader(database, None).audit.number)
        if named == "previous" and not number:
            # The first audit is compared with none: nothing of it has changed.
            return Side(label="no audit", repositories=frozenset(), findings=())
        return side_of(document(_reader(database, number)), f"audit {number}")


def _number(named: str, last: int) -> int:
    if named in ("latest", "previous"):
        return last if named == "latest" else last - 1
    if not named.isascii() or not named.isdigit() or int(named) > _MOST:
        raise UsageError(f"{named} is neither an audit nor a report", hint="a number, latest, previous, or a JSON file")
    return int(named)


def _file(named: str) -> Any:
    try:
        report = json.loads(Path(named).read_bytes())
        if report["schema_version"].startswith("1."):
            return report
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise UsageError(f"{named} is no JSON report of an audit", hint="write one: strongroom audit report -f json")


def _database(db: str | None, key_file: str | None) -> Any:
    from scanner.audit.database.connect import default_place, open_database

    return open_database(db or default_place(), key_file, create=False)


def _reader(database: Any, number: int | None) -> Any:
    from scanner.audit.database.reading import Reader

    return Reader(database, number)
