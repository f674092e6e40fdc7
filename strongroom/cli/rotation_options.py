"""What `fix` is told about rotation, and which functions that makes for each strategy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import click

from strongroom.cli.connection import Connection
from strongroom.kernel.clock import utc_now
from strongroom.kernel.errors import UsageError

_ARN = re.compile(r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,140}(:[A-Za-z0-9_$-]+)?\Z")
_ALL = ""
_MONTH = timedelta(days=28)
_EVERY_MONTH = 28
"""The last day that every month has."""


def rotation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what a fix is told to a command.

    It gets `superuser_secret`, `rotate_first`, a day, and `functions`, ARNs by strategy.
    """
    command = click.option(
        "--superuser-secret",
        metavar="NAME",
        help="Secret of who may make users: two then take turns, where user name and password stand together.",
    )(command)
    command = click.option(
        "--rotate-first",
        callback=_read_day,
        metavar="DATE",
        help="Day of the first rotation of what is attached, within a month; monthly from then on [a month from now].",
    )(command)
    return click.option(
        "--rotation-lambda-arn",
        "functions",
        multiple=True,
        callback=_read,
        metavar="[STRATEGY=]ARN",
        help="Function that rotates, for one strategy or all [the store's own]. Repeatable.",
    )(command)


def _read(_context: click.Context, _option: click.Parameter, said: tuple[str, ...]) -> dict[str, str]:
    """Return the functions by strategy; the one for all others has an empty name."""
    from vault.rotation.functions import ROTATORS, strategy_named

    chosen: dict[str, str] = {}
    for each in said:
        strategy, _, arn = each.rpartition("=")
        if not _ARN.match(arn):
            raise UsageError(f"--rotation-lambda-arn {arn} is not the ARN of a Lambda function")
        if strategy and strategy_named(strategy) not in ROTATORS:
            raise UsageError(
                f"--rotation-lambda-arn: unknown strategy {strategy}", hint=f"one of {', '.join(ROTATORS)}"
            )
        chosen[strategy_named(strategy) if strategy else _ALL] = arn
    return chosen


def _read_day(_context: click.Context, _option: click.Parameter, said: str | None) -> date | None:
    """Return the day that was said, which a monthly schedule reaches first. Raises `UsageError`."""
    if said is None:
        return None
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise UsageError(f"--rotate-first {said} is no day", hint="write it as 2030-01-31") from None
    today = utc_now().date()
    if not today < day <= today + _MONTH or day.day > _EVERY_MONTH:
        hint = f"a day of the coming four weeks, none later in its month than the {_EVERY_MONTH}th"
        raise UsageError(f"--rotate-first {said} is no day on which a monthly schedule can begin", hint=hint)
    return day


def day_said(said: str | None) -> date | None:
    """Return a day that a fix remembered, if it did."""
    return None if said is None else date.fromisoformat(said)


def functions(connection: Connection, said: Mapping[str, str]) -> dict[str, str]:
    """Return the ARN of the function of each strategy: as `said`, else the store's own, of which Amazon's has none."""
    from vault.rotation.functions import ROTATORS, function_arn

    known: dict[str, str] = {}
    if connection.vault is not None or connection.endpoint_url is not None:
        sts = connection.client("sts")
        account = sts.get_caller_identity()["Account"]
        known = {name: function_arn(name, sts.meta.region_name, account) for name in ROTATORS}
    for_all = dict.fromkeys(ROTATORS, said[_ALL]) if _ALL in said else {}
    return {**known, **for_all, **{name: arn for name, arn in said.items() if name != _ALL}}
