"""`strongroom vault alarm`: what watches the trail, whom it tells, and what happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import connected, notices_of, vault_options
from strongroom.kernel.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from strongroom.cli.connection import Connection
    from vault.alarms.builtin import BuiltIn

_NAMESPACE = "Strongroom"
_GROUP = "strongroom/trail"
_FORMAT = click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
_BY_HAND = "Tested by hand"


@click.group(
    epilog="""\b
Examples:
  strongroom vault alarm list --built-in
  strongroom vault alarm enable deleted-secret-read root-use --notify ops
  strongroom vault alarm put reads-of-db --pattern '{ $.requestParameters.secretId = "app/db" }' --threshold 100
  strongroom vault alarm test deleted-secret-read
  strongroom vault alarm list"""
)
def alarm() -> None:
    """Alarms on the trail: what is counted, when it is too much, and who is told.

    A server watches (strongroom serve); [notify.NAME] in its settings says how NAME is told.
    """


def _telling(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add whom an alarm tells, and where its events are."""
    command = click.option(
        "--log-group", default=_GROUP, show_default=True, help="Where its events are; another one with --vault aws."
    )(command)
    command = click.option("--notify-ok", multiple=True, metavar="NAME", help="Told when it is OK again. Repeatable.")(
        command
    )
    return click.option(
        "--notify", multiple=True, metavar="NAME", help="[notify.NAME] that is told when it goes off. Repeatable."
    )(command)


@alarm.command(
    "list",
    epilog="""\b
Examples:
  strongroom vault alarm list --format json
  strongroom vault alarm list --built-in

Exit status: 1 where one is in ALARM.""",
)
@click.option("--built-in", is_flag=True, help="Those that can be enabled, and what each is for.")
@_FORMAT
@vault_options
def list_(built_in: bool, form: str, vault_name: str | None, data_dir: Path | None) -> int:
    """List alarms with their states."""
    if built_in:
        _show_built_in(form)
        return ExitCode.OK
    with connected(vault_name, data_dir) as connection:
        pages = connection.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
        found = [each for page in pages for each in page["MetricAlarms"]]
    if form == "json":
        click.echo(_json(found))
    else:
        for each in found:
            since = f"since {each['StateTransitionedTimestamp'].astimezone():%Y-%m-%d %H:%M:%S}"
            click.echo(_inert(f"{each['StateValue']}  {each['AlarmName']}  {since}  {each['StateReason']}"))
    return ExitCode.FOUND if any(each["StateValue"] == "ALARM" for each in found) else ExitCode.OK


@alarm.command(
    epilog="""\b
Examples:
  strongroom vault alarm put reads --pattern '{ $.eventName = "GetSecretValue" }' --threshold 1000 --period 60
  strongroom vault alarm put night --pattern '{ $.sourceIPAddress != "10.*" }' --notify ops --notify-ok ops

Patterns are those of CloudWatch Logs (docs/alarms.md)."""
)
@click.argument("name")
@click.option("--pattern", required=True, help="Which events of the trail count.")
@click.option("--threshold", type=float, default=1.0, show_default=True, help="So many within a period set it off.")
@click.option("--period", type=click.IntRange(10), default=300, show_default=True, help="Seconds.")
@click.option("--periods", type=click.IntRange(1), default=1, show_default=True, help="How many periods are looked at.")
@click.option("--datapoints", type=click.IntRange(1), help="In how many of them it must be too much. [all]")
@click.option("--description", default="")
@_telling
@vault_options
def put(
    name: str,
    pattern: str,
    threshold: float,
    period: int,
    periods: int,
    datapoints: int | None,
    description: str,
    vault_name: str | None,
    data_dir: Path | None,
    **telling: Any,
) -> None:
    """Make an alarm, or define one anew: it goes off where too many events match within a period."""
    more = {"DatapointsToAlarm": datapoints} if datapoints else {}
    with connected(vault_name, data_dir) as connection:
        _put(
            connection,
            name,
            pattern,
            _Telling(connection, data_dir, **telling),
            Threshold=threshold,
            Period=period,
            EvaluationPeriods=periods,
            AlarmDescription=description,
            **more,
        )
    click.echo(name)


@alarm.command(epilog="Example: strongroom vault alarm enable --all --notify ops")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="All that are built in.")
@_telling
@vault_options
def enable(
    names: tuple[str, ...], everything: bool, vault_name: str | None, data_dir: Path | None, **telling: Any
) -> None:
    """Make alarms that are built in (`list --built-in`)."""
    chosen = _chosen(names, everything)
    with connected(vault_name, data_dir) as connection:
        told = _Telling(connection, data_dir, **telling)
        for each in chosen:
            _put(
                connection,
                each.name,
                each.pattern,
                told,
                Threshold=each.threshold,
                Period=each.period,
                EvaluationPeriods=1,
                AlarmDescription=each.about,
            )
            click.echo(each.name)


@alarm.command(epilog="Example: strongroom vault alarm delete reads")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--log-group", default=_GROUP, show_default=True, help="Where its events are.")
@vault_options
def delete(names: tuple[str, ...], log_group: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Delete alarms and what counts for them; where one is not there, none is deleted."""
    with connected(vault_name, data_dir) as connection:
        connection.client("cloudwatch").delete_alarms(AlarmNames=list(names))
        logs = connection.client("logs")
        for name in names:
            for each in logs.describe_metric_filters(logGroupName=log_group, filterNamePrefix=name)["metricFilters"]:
                if each["filterName"] == name:
                    logs.delete_metric_filter(logGroupName=log_group, filterName=name)
            click.echo(name)


@alarm.command(epilog="Example: strongroom vault alarm test deleted-secret-read")
@click.argument("name")
@vault_options
def test(name: str, vault_name: str | None, data_dir: Path | None) -> int:
    """Set an alarm off by hand, so that whom it tells is told; it is OK again by what it counts.

    Exit status: 1 where somebody could not be told. A server tells by itself: see `history`.
    """
    with connected(vault_name, data_dir, telling=True) as connection:
        client = connection.client("cloudwatch")
        told = _actions(client, name)
        for each in client.describe_alarms(AlarmNames=[name])["MetricAlarms"]:
            if each["StateValue"] == "ALARM":
                client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason=_BY_HAND)
        client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=_BY_HAND)
        if connection.vault is None:
            click.echo("set off; the server tells: strongroom vault alarm history", err=True)
            return ExitCode.OK
        connection.vault.watch()
        items = _actions(client, name)
    new = items[: len(items) - len(told)]
    for item in new:
        click.echo(_line(item))
    return ExitCode.FOUND if any(item["HistorySummary"].startswith("Failed") for item in new) else ExitCode.OK


@alarm.command(epilog="Example: strongroom vault alarm history deleted-secret-read --limit 5")
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="The newest so many.")
@_FORMAT
@vault_options
def history(name: str | None, limit: int, form: str, vault_name: str | None, data_dir: Path | None) -> None:
    """What happened to an alarm, or to all: made, changed, gone off, told; the newest first."""
    asked = {"AlarmName": name} if name else {}
    with connected(vault_name, data_dir) as connection:
        items = _history(connection.client("cloudwatch"), **asked)[:limit]
    if form == "json":
        click.echo(_json(items))
        return
    for item in items:
        click.echo(_line(item))


class _Telling:
    """Whom an alarm tells, as ARNs, and the log group it looks at."""

    def __init__(
        self,
        connection: Connection,
        data_dir: Path | None,
        *,
        notify: Sequence[str],
        notify_ok: Sequence[str],
        log_group: str,
    ) -> None:
        self.log_group = log_group
        self._connection = connection
        known = notices_of(data_dir, None) if connection.vault is not None else None
        self.alarm = list(self._arns(notify, known))
        self.ok = list(self._arns(notify_ok, known))

    def _arns(self, names: Sequence[str], known: Any) -> Iterator[str]:
        for name in names:
            if name.startswith("arn:"):
                yield name
                continue
            if known is not None and name not in known:
                click.echo(f"warning: there is no [notify.{name}] in the settings beside the vault", err=True)
            sts = self._connection.client("sts")
            account = sts.get_caller_identity()["Account"]
            yield f"arn:aws:sns:{sts.meta.region_name}:{account}:{name}"


def _put(connection: Connection, name: str, pattern: str, told: _Telling, **definition: Any) -> None:
    transformation = {"metricName": name, "metricNamespace": _NAMESPACE, "metricValue": "1"}
    connection.client("logs").put_metric_filter(
        logGroupName=told.log_group, filterName=name, filterPattern=pattern, metricTransformations=[transformation]
    )
    connection.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        MetricName=name,
        Namespace=_NAMESPACE,
        Statistic="Sum",
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=told.alarm,
        OKActions=told.ok,
        **definition,
    )


def _chosen(names: Sequence[str], everything: bool) -> list[BuiltIn]:
    from vault.alarms.builtin import built_in

    known = built_in()
    if everything == bool(names):
        raise UsageError("name alarms, or give --all", hint=f"built in: {', '.join(known)}")
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"{unknown[0]} is not built in", hint=f"built in: {', '.join(known)}; others: vault alarm put")
    return [known[name] for name in (known if everything else names)]


def _show_built_in(form: str) -> None:
    from vault.alarms.builtin import built_in

    if form == "json":
        shown = [
            {"name": each.name, "about": each.about, "pattern": each.pattern, "threshold": each.threshold,
             "period": each.period}
            for each in built_in().values()
        ]  # fmt: skip
        click.echo(_json(shown))
        return
    for each in built_in().values():
        click.echo(f"{each.name}  {each.about}")


def _history(client: Any, **asked: Any) -> list[Any]:
    pages = client.get_paginator("describe_alarm_history").paginate(**asked)
    return [item for page in pages for item in page["AlarmHistoryItems"]]


def _actions(client: Any, name: str) -> list[Any]:
    return _history(client, AlarmName=name, HistoryItemType="Action")


def _line(item: Any) -> str:
    moment = f"{item['Timestamp'].astimezone():%Y-%m-%d %H:%M:%S}"
    return _inert(f"{moment}  {item['AlarmName']}  {item['HistorySummary']}")


def _inert(line: str) -> str:
    """Return a line in which nothing steers a terminal: names and reasons are what some caller said."""
    from strongroom.kernel.inert import inert

    return inert(line)


def _json(content: Any) -> str:
    return json.dumps(content, default=lambda moment: moment.isoformat(), indent=2)
