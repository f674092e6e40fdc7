"""The overview of the page of an audit: figures, and the pictures with the numbers that they show."""

from __future__ import annotations

from typing import Any

from scanner.audit.reports import charts
from scanner.audit.reports.document import STATES, Document, severity_numbers
from scanner.audit.reports.wording import counted, number, short
from scanner.model import Confidence
from scanner.reports.bars import severity_bars


def overview(document: Document) -> dict[str, Any]:
    """Return what the overview shows of `document`."""
    read = document["overview"]
    numbers = severity_numbers(document)
    return {
        "figures": _figures(document),
        "states": [(state, state.replace("_", " "), read["states"][state]) for state in STATES],
        "bars": severity_bars(numbers),
        "severities": [
            (severity, [numbers.get((severity, sure), 0) for sure in Confidence])
            for severity in dict.fromkeys(level for level, _ in numbers)
        ],
        "ages": charts.lines((short(row["label"]), row["findings"], "") for row in read["age"]),
        "months": charts.over_time(read["over_time"]),
        "over_time": [row for row in read["over_time"] if row["introduced"] or row["removed"]],
        "introduced": sum(row["introduced"] for row in read["over_time"]),
        "removed": sum(row["removed"] for row in read["over_time"]),
        "repositories": charts.lines(
            (short(row["repository"], 60), row["findings"], counted(row["exposures"], "value"))
            for row in read["top_repositories"]
        ),
        "owners": charts.lines((short(row["owner"], 60), row["findings"], "") for row in read["top_owners"]),
        "categories": [(short(row["rule_name"]), short(row["rule_id"]), row["findings"]) for row in read["categories"]],
        "precision": _precision(document),
    }


def _figures(document: Document) -> list[tuple[str, str]]:
    read = document["overview"]
    days = read["mean_days_to_fix"]
    return [
        (number(read["exposures"]), "exposed credentials"),
        (number(read["findings"]), "findings"),
        (number(read["states"]["open"]), "open"),
        (number(read["active"]), "known to be active"),
        (number(read["in_head"]), "in the code of today"),
        (number(read["managed"]), "held by the vault"),
        (f"{number(read['repositories'])}", "repositories"),
        ("\u2013" if days is None else f"{days:,.1f}", "days to fix, on average"),
    ]


def _precision(document: Document) -> dict[str, Any] | None:
    """Return how often findings that a person judged were credentials; None where nobody judged any."""
    read = document["overview"]["precision"]
    if not read["labelled"]:
        return None
    share = read["precision"]
    return {
        "labelled": read["labelled"],
        "true": read["true"],
        "share": "\u2013" if share is None else f"{100 * share:.1f} %",
        "rules": [(short(row["rule_id"]), row["true"], row["false"]) for row in read["by_rule"]],
    }
