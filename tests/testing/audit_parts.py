"""Findings of audits that never were, drawn from a seed; none holds a value."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

SEVERITIES = ("critical", "high", "medium", "low")
CONFIDENCES = ("high", "medium", "low")
STATES = ("open", "fixed", "rotated", "accepted", "false_positive")
CHANGES = ("new", "moved", "fixed", "reopened", "unchanged")
AGES = (
    ("under a week", 0, 7),
    ("1 to 4 weeks", 7, 28),
    ("1 to 6 months", 28, 182),
    ("6 to 12 months", 182, 365),
    ("1 to 3 years", 365, 1095),
    ("over 3 years", 1095, None),
)
RULES = {
    "aws-secret-access-key": "AWS secret access key",
    "generic-password": "Password",
    "npm-access-token": "npm access token",
    "postgresql-url": "PostgreSQL URL with password",
    "slack-webhook": "Slack webhook",
    "private-key": "Private key",
}
_PATHS = ("app/settings.py", "deploy/values.yaml", "src/main/resources/application.properties", "config/prod.env",
          "scripts/backup.sh", "terraform/main.tf", "web/src/client.ts")  # fmt: skip
_PEOPLE = ("Ada", "Grace", "Edsger", "Barbara", "Ken")
_NAMES = ("shop/web", "shop/payments", "shop/orders", "platform/infra", "platform/ci", "data/pipeline", "data/reports",
          "mobile/android", "mobile/ios", "tools/scripts", "legacy/erp", "legacy/portal")  # fmt: skip
_MASK = "\u2022" * 8


def repository_names(number: int) -> list[str]:
    """Return the names of as many repositories."""
    return [_NAMES[index] if index < len(_NAMES) else f"team-{index % 40}/service-{index}" for index in range(number)]


def finding(draw: random.Random, number: int, repository: str, now: datetime) -> dict[str, Any]:
    """Return a finding of `repository`; every fifth value or so stands at several places."""
    # Many are recent and some are very old, as in life.
    introduced = now - timedelta(days=int(2600 * draw.random() ** 3), minutes=number)
    state = draw.choices(STATES, weights=(10, 4, 2, 2, 1))[0]
    # The same value is the same rule's everywhere.
    value = number if number % 5 else number // 10
    rule = list(RULES)[value % len(RULES)]
    in_head = state != "fixed"
    removed = None if in_head else now - (now - introduced) / 3
    line, path = draw.randrange(1, 400), draw.choice(_PATHS)
    sha, author = f"{draw.getrandbits(160):040x}", draw.choice(_PEOPLE)
    commit = {"sha": sha, "author": author, "email": f"{author.lower()}@example.org", "date": introduced.isoformat(),
              "summary": "Add settings"}  # fmt: skip
    return {
        "fingerprint": f"{number:032x}",
        "secret_id": f"{value:016x}",
        "rule_id": rule,
        "rule_name": RULES[rule],
        "severity": SEVERITIES[value % 4 if value % 3 else 0],
        "confidence": draw.choices(CONFIDENCES, weights=(5, 2, 1))[0],
        "path": path,
        "start_line": line,
        "start_column": 12,
        "end_line": line,
        "end_column": 32,
        "preview": _MASK,
        "commit": commit,
        "last_commit": commit,
        "occurrences": 1 + draw.randrange(9),
        "in_head": in_head,
        "evidence": _evidence(path, line, number),
        "suppressed_by": "baseline" if state == "accepted" else None,
        "verified": draw.choice((None, "active", "inactive", "unknown")) if state == "open" else None,
        "remediation": {
            "fixable": bool(number % 3),
            "strategy": "module-constant",
            "reason": "reads it from the vault",
        },
        "repository": repository,
        "state": state,
        "reason": "used by a test only" if state == "accepted" else None,
        "expires": "2027-06-30" if state == "accepted" else None,
        "label": {"open": True, "false_positive": False}.get(state) if number % 2 else None,
        "owner": draw.choice(("@shop/backend", "@platform", "ada@example.org", None)),
        "owner_source": "codeowners",
        "removed": removed
        and {"sha": sha[::-1], "author": author, "date": removed.isoformat(), "summary": "Read it from the vault"},
        "excerpt": {"line": line, "before": 'PASSWORD = "', "after": '"'},
        "first_seen": 1 + number % 6,
        "last_seen": 6,
        "change": "fixed"
        if state == "fixed"
        else draw.choices(("new", "moved", "reopened", "unchanged"), weights=(3, 1, 1, 9))[0],
        "moved_from": None,
        "location_url": f"https://forge.example/{repository}/blob/{sha}/{path}#L{line}",
    }


def _evidence(path: str, line: int, number: int) -> list[dict[str, Any]]:
    named = {"kind": "keyword", "detail": "bound to the name password"}
    if number % 2:
        return [named]
    steps = [
        {"path": path, "line": line, "column": 12, "message": "the literal"},
        {"path": "app/db.py", "line": 31, "column": 5, "message": "reaches psycopg.connect(password)"},
    ]
    return [named, {"kind": "sink", "detail": "it is used to log in", "flow": steps}]
