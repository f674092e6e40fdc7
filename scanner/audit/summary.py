"""What an audit's findings come to: counted in one pass over them, whatever their number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from scanner.audit.model import Finding

_SEVERITIES = ("critical", "high", "medium", "low")
_CONFIDENCES = ("high", "medium", "low")
_STATES = ("open", "fixed", "rotated", "accepted", "false_positive")
"""The worst first: an exposure is in the worst state that one of its findings is in."""
_AGES = (
    ("under a month", 0, 30),
    ("1 to 3 months", 30, 90),
    ("3 to 12 months", 90, 365),
    ("1 to 2 years", 365, 730),
    ("2 to 5 years", 730, 1826),
    ("over 5 years", 1826, None),
)
_TOP = 10
_MONTH = re.compile(r"(?:19[7-9]\d|20\d\d)-(?:0[1-9]|1[0-2])")
_EARLIEST = "1990-01"
"""Before it no repository had a commit that is to be believed."""
_LATE = "9999"
_VERIFIED = ("active", "unknown", "inactive", None)


class Summary:
    """The figures of one audit, and its exposures: one for each value."""

    def __init__(self, findings: Iterable[Finding], now: str) -> None:
        """`now` (ISO 8601) is when ages are told."""
        self._now = now
        self.states: Counter[str] = Counter()
        self._levels: Counter[tuple[str, str]] = Counter()
        self._ages: Counter[int] = Counter()
        self._introduced: Counter[str] = Counter()
        self._removed: Counter[str] = Counter()
        self._owners: Counter[str] = Counter()
        self._rules: Counter[tuple[str, str]] = Counter()
        self._labels: Counter[tuple[str, bool]] = Counter()
        self._days: list[int] = [0, 0]
        self.by_repository: dict[str, dict[str, Any]] = {}
        self._exposures: dict[str, dict[str, Any]] = {}
        self._in_head = 0
        self._active = 0
        for one in findings:
            self._count(one)

    def _count(self, one: Finding) -> None:
        self.states[one["state"]] += 1
        self._in_head += one["in_head"]
        self._active += one["verified"] == "active"
        self._rules[one["rule_id"], one["rule_name"]] += 1
        if one["label"] is not None:
            self._labels[one["rule_id"], one["label"]] += 1
        if one["state"] in ("open", "fixed"):
            self._levels[one["severity"], one["confidence"]] += 1
            self._owners[one["owner"] or "nobody known"] += 1
        self._time(one)
        self._place(one)
        self._expose(one)

    def _time(self, one: Finding) -> None:
        introduced = one["commit"]["date"] if one["commit"] else None
        removed = one["removed"]["date"] if one["removed"] else None
        self._introduced.update(_month(introduced, self._now))
        self._removed.update(_month(removed, self._now))
        stood = _days(introduced, removed)
        if stood is not None:
            self._days[0] += max(stood, 0)
            self._days[1] += 1
        age = _days(introduced, self._now) if one["state"] == "open" else None
        if age is not None:
            self._ages[next(place for place, (_, _, to) in enumerate(_AGES) if to is None or age < to)] += 1

    def _place(self, one: Finding) -> None:
        place = self.by_repository.setdefault(one["repository"], {"findings": 0, "open": 0, "values": set()})
        place["findings"] += 1
        place["open"] += one["state"] == "open"
        place["values"].add(one["secret_id"])

    def _expose(self, one: Finding) -> None:
        known = self._exposures.get(one["secret_id"])
        introduced = one["commit"]["date"] if one["commit"] else None
        if known is None:
            # Findings come the worst first, so the first one speaks for the value.
            told = ("secret_id", "rule_id", "rule_name", "severity", "confidence", "preview", "state", "verified")
            known = {name: one[name] for name in told}
            known |= {"in_head": False, "findings": 0, "repositories": set(), "introduced": introduced}
            known |= {"first_seen": one["first_seen"], "vault": one.get("vault")}
            self._exposures[one["secret_id"]] = known
        known["findings"] += 1
        known["in_head"] |= one["in_head"]
        known["repositories"].add(one["repository"])
        known["state"] = min(known["state"], one["state"], key=_STATES.index)
        known["verified"] = min(known["verified"], one["verified"], key=_VERIFIED.index)
        known["first_seen"] = min(known["first_seen"], one["first_seen"])
        known["introduced"] = min((known["introduced"], introduced), key=lambda date: date or _LATE)

    def exposures(self) -> list[dict[str, Any]]:
        """Return one entry for each value, the worst first."""
        ordered = sorted(self._exposures.values(), key=lambda one: _STATES.index(one["state"]))
        return [{**one, "repositories": sorted(one["repositories"])} for one in ordered]

    def overview(self, repositories: int, failed: int) -> dict[str, Any]:
        """Return the figures that a report begins with."""
        return {
            "repositories": repositories,
            "repositories_failed": failed,
            "exposures": len(self._exposures),
            "findings": self.states.total(),
            "in_head": self._in_head,
            "active": self._active,
            "managed": sum(1 for one in self._exposures.values() if one["vault"] is not None),
            "states": {state: self.states[state] for state in _STATES},
            "severity_by_confidence": [
                {"severity": severity, "confidence": confidence, "findings": self._levels[severity, confidence]}
                for severity in _SEVERITIES
                for confidence in _CONFIDENCES
            ],
            "age": [
                {"label": label, "from_days": since, "to_days": to, "findings": self._ages[place]}
                for place, (label, since, to) in enumerate(_AGES)
            ],
            "over_time": self._over_time(),
            "top_repositories": self._top_repositories(),
            "top_owners": [{"owner": owner, "findings": number} for owner, number in _most(self._owners)[:_TOP]],
            "mean_days_to_fix": round(self._days[0] / self._days[1], 1) if self._days[1] else None,
            "categories": [
                {"rule_id": rule_id, "rule_name": name, "findings": number}
                for (rule_id, name), number in _most(self._rules)
            ],
            "precision": self._precision(),
        }

    def _over_time(self) -> list[dict[str, Any]]:
        months = sorted({*self._introduced, *self._removed})
        return [
            {"month": month, "introduced": self._introduced[month], "removed": self._removed[month]}
            for month in (_from_to(months[0], months[-1]) if months else ())
        ]

    def _top_repositories(self) -> list[dict[str, Any]]:
        counted = Counter({name: place["findings"] for name, place in self.by_repository.items()})
        return [
            {"repository": name, "findings": number, "exposures": len(self.by_repository[name]["values"])}
            for name, number in _most(counted)[:_TOP]
        ]

    def _precision(self) -> dict[str, Any]:
        right = sum(number for (_, label), number in self._labels.items() if label)
        labelled = self._labels.total()
        rules = sorted({rule_id for rule_id, _ in self._labels})
        return {
            "labelled": labelled,
            "true": right,
            "false": labelled - right,
            "precision": round(right / labelled, 4) if labelled else None,
            "by_rule": [
                {"rule_id": rule_id, "true": self._labels[rule_id, True], "false": self._labels[rule_id, False]}
                for rule_id in rules
            ],
        }


def _most(counted: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


def _month(date: str | None, now: str) -> list[str]:
    month = (date or "")[:7]
    return [month] if _MONTH.fullmatch(month) and _EARLIEST <= month <= now[:7] else []


def _from_to(first: str, last: str) -> list[str]:
    """Return all months from `first` to `last`."""
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start, end + 1)]


def _days(start: str | None, end: str | None) -> int | None:
    """Return the days between two moments; None where one cannot be told."""
    if start is None or end is None:
        return None
    try:
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).days
    except (ValueError, TypeError):
        return None
