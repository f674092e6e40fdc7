"""The outcomes of a repository's parts, put together: what stands in several of them is one finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from scanner.audit.model import Outcome

_LATEST = "9999"


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """Return one outcome for all parts of a repository; a part that failed makes it fail."""
    leaks = next((one for one in outcomes if one.get("coverage", one).get("part") == "held"), None)
    parts = [one for one in outcomes if one is not leaks]
    failed = next((one for one in parts if "failed" in one), None)
    if failed is not None:
        return failed
    result = parts[0] if len(parts) == 1 else _of_parts(parts)
    return result if leaks is None else _with_leaks(result, leaks, parts)


def _with_leaks(result: Outcome, leaks: Outcome, parts: Sequence[Outcome]) -> Outcome:
    """Return an outcome with the places of a vault's values, and which secret each value is of, by its digest."""
    if "failed" in leaks:
        message = f"where values of the vault stand could not be told: {leaks['failed']}"
        return {**result, "errors": [*result["errors"], {"path": ".git", "message": message}]}
    there = {(one["path"], one["secret_id"]) for one in result["findings"]}
    further = [one for one in leaks["findings"] if (one["path"], one["secret_id"]) not in there]
    told = {digest: secret for part in parts for digest, secret in part.get("held", {}).items()}
    held = {
        secret_id: {**told[digest], "encoding": encoding}
        for secret_id, (digest, encoding) in leaks["encodings"].items()
        if digest in told
    }
    return {**result, "findings": _apart([*result["findings"], *further], leaks["findings"]), "held": held}


def _apart(findings: Sequence[dict[str, Any]], leaks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings without the text around those in whose file values stand that only the other side knows.

    No rule masked what only the vault knows, and the look for it no value of a rule.
    """
    values: dict[str, set[str]] = {}
    for one in (*findings, *leaks):
        values.setdefault(one["path"], set()).add(one["secret_id"])
    held = {one["path"] for one in leaks}
    return [
        {**one, "excerpt": None} if one["path"] in held and len(values[one["path"]]) > 1 else one for one in findings
    ]


def _of_parts(outcomes: Sequence[Outcome]) -> Outcome:
    tree = next((one for one in outcomes if one["coverage"]["part"] == "tree"), outcomes[0])
    parts = [one for one in outcomes if one is not tree]
    past = _once(finding for part in parts for finding in part["findings"])
    return {
        "findings": together(tree["findings"], past),
        "errors": _distinct(error for one in (tree, *parts) for error in one["errors"]),
        "suppressions": tree["suppressions"],
        "coverage": _coverage(tree, parts),
    }


def _once(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings of a history's parts, each once, from its first commit to its last."""
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for one in findings:
        key = (one["fingerprint"], one["secret_id"])
        known[key] = _merged(known[key], one) if key in known else one
    return list(known.values())


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    first, second = sorted((one, other), key=lambda each: _date(each["commit"]))
    in_head = one["in_head"] or other["in_head"]
    return {
        **first,
        "last_commit": max((one["last_commit"], other["last_commit"]), key=_date),
        "occurrences": first["occurrences"] + second["occurrences"],
        "in_head": in_head,
        "remediation": (one if one["in_head"] else other)["remediation"],
        "removed": None if in_head else max((one["removed"], other["removed"]), key=lambda each: _date(each, "")),
    }


def together(tree: list[dict[str, Any]], past: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings of a tree with their past, and those that only the past has.

    The two tell a place apart by fingerprint and value; where analysis of programs sees another rule or binding there,
    path and value have to do, each past once.
    """
    by_print = {(one["fingerprint"], one["secret_id"]): one for one in past}
    by_place: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in past:
        if one["in_head"]:
            by_place.setdefault((one["path"], one["secret_id"]), []).append(one)
    used: set[int] = set()
    found = []
    for one in tree:
        known = by_print.get((one["fingerprint"], one["secret_id"]))
        if known is None or id(known) in used:
            others = by_place.get((one["path"], one["secret_id"]), ())
            known = next((each for each in others if id(each) not in used), None)
        if known is None:
            found.append(one)
            continue
        used.add(id(known))
        told = ("commit", "last_commit", "occurrences")
        owner = {} if one["owner_source"] == "codeowners" else {"owner": known["owner"], "owner_source": "commit"}
        found.append({**one, **{name: known[name] for name in told}, **owner})
    return [*found, *(one for one in past if id(one) not in used)]


def _coverage(tree: Outcome, parts: Sequence[Outcome]) -> dict[str, Any]:
    all_parts = [tree["coverage"], *(part["coverage"] for part in parts)]
    skipped: dict[str, int] = {}
    for each in all_parts:
        for reason, number in each["skipped"].items():
            skipped[reason] = skipped.get(reason, 0) + number
    return {
        "head": tree["coverage"]["head"],
        "part": "whole",
        "commits": max(each["commits"] for each in all_parts),
        "files": sum(each["files"] for each in all_parts),
        "bytes": sum(each["bytes"] for each in all_parts),
        "seconds": round(sum(each["seconds"] for each in all_parts), 3),
        "skipped": skipped,
    }


def _distinct(errors: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return list({(one["path"], one["message"]): one for one in errors}.values())


def _date(commit: dict[str, str] | None, absent: str = _LATEST) -> str:
    return commit["date"] if commit is not None else absent
