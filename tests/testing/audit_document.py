"""Documents of audits that never were: what every report of an audit is made from, in any size and of any malice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.testing.audit_parts import AGES, CONFIDENCES, RULES, SEVERITIES, STATES, finding, repository_names

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script>",
    "</style><style>body{display:none}</style>",
    '"><img src=x onerror=alert(1)>',
    "\x1b]0;title\x07\x00\x9b31m",
    "\u202egnp.exe\u2066\u200b\u2028",
    "lone \udcff\ud800 surrogates",
    "a|b`c`` [link](https://evil.example) <!-- @user closes #1 ![x](https://evil.example/x)",
    "=cmd|' /C calc'!A0",
    "javascript:alert(1)//{{ 7*7 }}{% raw %}",
    "-->]]>&lt;svg onload=alert(1)&gt;",
    "x" * 5000,
    "../../../../etc/cron.d/x",
    "line\nbreak\r\nand\ttab",
    "-rf",
    "  ",
)


class Lazy:
    """A list as an audit's database gives it: read anew each time, its length unknown."""

    def __init__(self, read: Callable[[], Iterator[dict[str, Any]]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._read()


def made_up(*, findings: int = 60, repositories: int = 12, audits: int = 6, seed: str = "audit") -> dict[str, Any]:
    """Return a document of a plausible audit whose numbers agree with each other."""
    draw = random.Random(seed)
    names = repository_names(repositories)
    found = [finding(draw, number, draw.choice(names[: max(1, repositories - 2)]), NOW) for number in range(findings)]
    return assembled(found, names, audits=audits, draw=draw)


def assembled(
    found: list[dict[str, Any]], names: list[str], *, audits: int = 6, draw: random.Random | None = None
) -> dict[str, Any]:
    """Return the document whose findings are `found`, over the repositories `names`, the last of which failed."""
    exposures = _exposures(found)
    repositories = [_repository(name, found, failed=name == names[-1] and len(names) > 1) for name in names]
    return {
        "schema_version": "1.0",
        "tool": {"name": "strongroom", "version": "0.1.0"},
        "audit": _audit(audits),
        "overview": _overview(found, exposures, repositories),
        "repositories": Lazy(lambda: iter(repositories)),
        "exposures": Lazy(lambda: iter(exposures)),
        "findings": Lazy(lambda: iter(found)),
        "trend": _trend(found, exposures, audits, draw or random.Random(0)),
        "suppressions": Lazy(lambda: iter(_suppressions(names))),
        "coverage": {
            "repositories": len(names),
            "files": 48_210,
            "bytes": 1_204_559_000,
            "commits": 96_411,
            "skipped": {"binary": 3120, "too large": 14},
            "unread": 2,
        },
        "errors": Lazy(
            lambda: iter([{"repository": names[0], "path": "data/locked.bin", "message": "cannot be opened"}])
        ),
    }


def bare() -> dict[str, Any]:
    """Return the document of a first audit that found nothing, with null wherever there may be null."""
    document = assembled([], ["empty"], audits=1)
    nothing = {
        name: Lazy(lambda: iter(())) for name in ("repositories", "exposures", "findings", "suppressions", "errors")
    }
    overview = document["overview"] | {"repositories": 0, "age": [], "over_time": [], "mean_days_to_fix": None}
    document["audit"] |= {"finished": None, "state": "unfinished", "vault": None, "previous": None}
    return document | nothing | {"overview": overview, "trend": []}


def hostile() -> dict[str, Any]:
    """Return a document in which every text that a repository gives means harm."""
    draw = random.Random("hostile")
    found = []
    for number in range(len(HOSTILE) * 3):
        found.append(poisoned(finding(draw, number, HOSTILE[number % len(HOSTILE)], NOW), HOSTILE[number // 3]))
    document = assembled(found, list(HOSTILE))
    document["overview"]["top_owners"] = [{"owner": text, "findings": 3} for text in HOSTILE[:10]]
    texts = [
        *({"repository": text, "path": text, "message": text} for text in HOSTILE),
    ]
    document["errors"] = Lazy(lambda: iter(texts))
    accepted = [
        _suppression(text, path=text, rule_id=text, tool=text, reason=text, message=text, line=1, expires=text)
        for text in HOSTILE
    ]
    document["suppressions"] = Lazy(lambda: iter(accepted))
    document["coverage"]["skipped"] = dict.fromkeys(HOSTILE, 1)
    document["audit"] |= {"vault": {"name": HOSTILE[2], "secrets": 3}}
    return document


def vast(document: dict[str, Any]) -> dict[str, Any]:
    """Return `document` with numbers as large as they get: a hundred thousand times what they are."""
    times = {
        name: [{key: _vast(key, value) for key, value in row.items()} for row in document["overview"][name]]
        for name in ("severity_by_confidence", "age", "top_repositories", "top_owners")
    }
    trend = [{key: _vast(key, value) for key, value in row.items()} for row in document["trend"]]
    rows = [{key: _vast(key, value) for key, value in row.items()} for row in document["repositories"]]
    return document | {"overview": document["overview"] | times, "trend": trend, "repositories": rows}


def _vast(name: str, value: Any) -> Any:
    return value * 100_003 if isinstance(value, int) and name != "audit" and not name.endswith("_days") else value


def poisoned(entry: dict[str, Any], text: str) -> dict[str, Any]:
    """Return the finding `entry` with `text` wherever text of a repository stands."""
    commit = {"sha": "ab" * 20, "author": text, "email": text, "date": "2026-01-01T00:00:00+00:00", "summary": text}
    step = {"path": text, "line": 9, "column": 2, "message": text}
    return {
        **entry,
        "path": text,
        "commit": commit,
        "last_commit": commit,
        "evidence": [{"kind": "sink", "detail": text, "flow": [step, step]}, {"kind": "verification", "detail": text}],
        "remediation": {"fixable": True, "strategy": "module-constant", "reason": text},
        "excerpt": {"line": 1, "before": text, "after": text},
        "owner": text,
        "reason": text,
        "expires": text,
        "removed": {name: commit[name] for name in ("sha", "author", "date", "summary")},
        "moved_from": text,
        "location_url": "javascript:alert(1)" if entry["first_seen"] % 2 else "https://forge.example/" + text,
    }


def _audit(number: int) -> dict[str, Any]:
    return {
        "number": number,
        "started": (NOW - timedelta(minutes=42)).isoformat(),
        "finished": NOW.isoformat(),
        "state": "finished",
        "previous": number - 1 if number > 1 else None,
        "min_confidence": "low",
        "analysis": "full",
        "history": True,
        "verify": True,
        "vault": {"name": "production", "secrets": 214},
        "rules": {"count": 412, "digest": "0123456789abcdef"},
    }


def _overview(
    found: list[dict[str, Any]], exposures: list[dict[str, Any]], repositories: list[dict[str, Any]]
) -> dict[str, Any]:
    states = Counter(each["state"] for each in found)
    counted = Counter((each["severity"], each["confidence"]) for each in found if each["state"] in ("open", "fixed"))
    rules = Counter(each["rule_id"] for each in found)
    owners = Counter(each["owner"] for each in found if each["owner"])
    labelled = [each for each in found if each["label"] is not None]
    true = sum(1 for each in labelled if each["label"])
    by_repository = sorted(repositories, key=lambda each: -each["findings"])[:10]
    return {
        "repositories": len(repositories),
        "repositories_failed": sum(1 for each in repositories if each["state"] == "failed"),
        "exposures": len(exposures),
        "findings": len(found),
        "in_head": sum(1 for each in found if each["in_head"]),
        "active": sum(1 for each in found if each["verified"] == "active"),
        "states": {state: states[state] for state in STATES},
        "severity_by_confidence": [
            {"severity": severity, "confidence": confidence, "findings": counted[severity, confidence]}
            for severity in SEVERITIES
            for confidence in CONFIDENCES
        ],
        "age": _ages(found),
        "over_time": _over_time(found),
        "top_repositories": [
            {"repository": each["name"], "findings": each["findings"], "exposures": each["exposures"]}
            for each in by_repository
        ],
        "top_owners": [{"owner": owner, "findings": number} for owner, number in owners.most_common(10)],
        "mean_days_to_fix": 41.5,
        "categories": [
            {"rule_id": rule, "rule_name": RULES[rule], "findings": number} for rule, number in rules.most_common()
        ],
        "precision": {
            "labelled": len(labelled),
            "true": true,
            "false": len(labelled) - true,
            "precision": true / len(labelled) if labelled else None,
            "by_rule": [
                {
                    "rule_id": rule,
                    "true": sum(1 for each in labelled if each["rule_id"] == rule and each["label"]),
                    "false": sum(1 for each in labelled if each["rule_id"] == rule and not each["label"]),
                }
                for rule in sorted({each["rule_id"] for each in labelled})
            ],
        },
        "managed": sum(1 for each in exposures if each["vault"]),
    }


def _ages(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    days = [(NOW - datetime.fromisoformat(each["commit"]["date"])).days for each in found if each["state"] == "open"]
    return [
        {
            "label": label,
            "from_days": least,
            "to_days": most,
            "findings": sum(1 for day in days if least <= day and (most is None or day < most)),
        }
        for label, least, most in AGES
    ]


def _over_time(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    introduced = Counter(each["commit"]["date"][:7] for each in found)
    removed = Counter(each["removed"]["date"][:7] for each in found if each["removed"])
    months = sorted({*introduced, *removed})
    if not months:
        return []
    year, month = map(int, months[0].split("-"))
    listed = []
    while (name := f"{year:04d}-{month:02d}") <= months[-1]:
        listed.append({"month": name, "introduced": introduced[name], "removed": removed[name]})
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return listed


def _exposures(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        grouped.setdefault(each["secret_id"], []).append(each)
    rows = [_exposure(number, group) for number, group in enumerate(grouped.values())]
    return sorted(
        rows,
        key=lambda row: (row["verified"] != "active", STATES.index(row["state"]), SEVERITIES.index(row["severity"])),
    )


def _exposure(number: int, group: list[dict[str, Any]]) -> dict[str, Any]:
    first = min(group, key=lambda each: STATES.index(each["state"]))
    held = {
        "name": f"{group[0]['repository']}/database",
        "arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:made-up-AbCdEf",
        "version_id": "0" * 32,
        "stages": ["AWSCURRENT"] if number % 2 else ["AWSPREVIOUS"],
        "encoding": "base64" if number % 4 else "plain",
        "rotated": None if number % 2 else NOW.isoformat(),
        "current": bool(number % 2),
    }
    return {
        **{name: first[name] for name in ("secret_id", "rule_id", "rule_name", "severity", "confidence", "preview")},
        "state": first["state"],
        "verified": first["verified"],
        "in_head": any(each["in_head"] for each in group),
        "findings": len(group),
        "repositories": sorted({each["repository"] for each in group}),
        "introduced": min(each["commit"]["date"] for each in group),
        "first_seen": min(each["first_seen"] for each in group),
        "vault": held if number % 7 == 3 else None,
    }


def _repository(name: str, found: list[dict[str, Any]], *, failed: bool) -> dict[str, Any]:
    own = [each for each in found if each["repository"] == name]
    return {
        "name": name,
        "location": f"https://forge.example/{name}.git",
        "state": "failed" if failed else "done",
        "error": "the remote hung up" if failed else None,
        "head": None if failed else "c0ffee" + "0" * 34,
        "commits": 812,
        "files": 1204,
        "bytes": 9_812_331,
        "seconds": 12.25,
        "findings": len(own),
        "open": sum(1 for each in own if each["state"] == "open"),
        "exposures": len({each["secret_id"] for each in own}),
        "first_audited": "2026-01-31T12:00:00+00:00",
        "last_audited": NOW.isoformat(),
    }


def _trend(
    found: list[dict[str, Any]], exposures: list[dict[str, Any]], audits: int, draw: random.Random
) -> list[dict[str, Any]]:
    states = Counter(each["state"] for each in found)
    changes = Counter(each["change"] for each in found)
    last = {
        "audit": audits,
        "finished": NOW.isoformat(),
        "repositories": 12,
        "findings": len(found),
        "exposures": len(exposures),
        **{state: states[state] for state in STATES},
        **{name: changes[name] for name in ("new", "moved", "reopened")},
        "removed": changes["fixed"],
    }
    before = [
        last
        | {
            "audit": number,
            "finished": (NOW - timedelta(days=30 * (audits - number))).isoformat(),
            "open": last["open"] + draw.randrange(len(found) + 1),
            "fixed": last["fixed"] * number // audits,
        }
        for number in range(1, audits)
    ]
    return [*before, last]


def _suppressions(names: list[str]) -> Iterator[dict[str, Any]]:
    yield _suppression(names[0], kind="inline", line=12, reason="a fixture of the tests", expires="2027-01-01")
    yield _suppression(
        names[0], state="expired", reason="until the move", expires="2026-01-01", message="it has expired"
    )
    yield _suppression(names[0], state="unused", reason="old", message="nothing stands under it")
    yield _suppression(names[0], kind="config", state="malformed", message="the date is no date")


def _suppression(repository: str, **fields: Any) -> dict[str, Any]:
    return {
        "repository": repository,
        "path": "app/settings.py",
        "line": None,
        "rule_id": "generic-password",
        "kind": "baseline",
        "tool": "strongroom",
        "reason": "",
        "expires": None,
        "state": "in force",
        "message": "",
        **fields,
    }


def plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return `document` with its lazy lists read."""
    return {name: list(value) if isinstance(value, Lazy) else value for name, value in document.items()}
