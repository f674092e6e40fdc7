"""`strongroom audit report | trend | diff`: what earlier audits saw, from the database, without looking again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from strongroom.cli.audit_options import database_options, report_options
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
@database_options
@report_options
def report(number: int | None, db: str | None, key_file: str | None, form: str, output: str | None) -> int:
    """Write the report of an audit again, in any format. Exits 0: nothing is looked at anew."""
    from scanner.audit.document import document
    from strongroom.cli.audit_report import write

    write(document(_reader(db, key_file, number)), form, output)
    return ExitCode.OK


@click.command(epilog="Example: strongroom audit trend -f csv -o trend.csv")
@database_options
@click.option("-f", "--format", "form", type=click.Choice(_CHANGES), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write to a file.")
def trend(db: str | None, key_file: str | None, form: str, output: str | None) -> int:
    """Show what every audit so far saw: open, fixed, new, moved."""
    from strongroom.cli.audit_report import write_trend

    write_trend(_reader(db, key_file, None).trend(), form, output)
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
    from scanner.audit.diff import difference, side_of
    from strongroom.cli.audit_report import write_diff

    sides = []
    for named in (before, after):
        found = _document(named, db, key_file)
        sides.append(side_of(found, named if Path(named).is_file() else f"audit {found['audit']['number']}"))
    changes = difference(*sides)
    write_diff(changes, form, output)
    worse = any(one["suppressed_by"] is None for kind in ("new", "reopened") for one in changes[kind])
    return ExitCode.FOUND if worse and not exit_zero else ExitCode.OK


def _document(named: str, db: str | None, key_file: str | None) -> Any:
    if Path(named).is_file():
        return _file(named)
    from scanner.audit.document import document

    if named in ("latest", "previous"):
        last = _reader(db, key_file, None)
        return document(last if named == "latest" else _reader(db, key_file, last.audit.number - 1))
    if not named.isascii() or not named.isdigit() or int(named) > _MOST:
        raise UsageError(f"{named} is neither an audit nor a report", hint="a number, latest, previous, or a JSON file")
    return document(_reader(db, key_file, int(named)))


def _file(named: str) -> Any:
    try:
        report = json.loads(Path(named).read_bytes())
        if report["schema_version"].startswith("1."):
            return report
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise UsageError(f"{named} is no JSON report of an audit", hint="write one: strongroom audit report -f json")


def _reader(db: str | None, key_file: str | None, number: int | None) -> Any:
    from scanner.audit.database.connect import default_place, open_database
    from scanner.audit.database.reading import Reader

    return Reader(open_database(db or default_place(), key_file, create=False), number)
