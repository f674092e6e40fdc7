"""One repository of an audit as a run of SARIF 2.1.0: its findings with their states, and what could not be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from scanner.audit.reports.document import Entry
from scanner.audit.reports.found import finding_of
from scanner.model import Finding, ScanError
from scanner.reports.programs import reported_rules
from scanner.reports.sarif_results import message, sarif_result, suppression
from scanner.reports.sarif_run import driver, unread
from scanner.reports.summary import ordinals
from scanner.rulebook.model import Rule
from strongroom.kernel.inert import inert

_WHY = {
    "accepted": "Accepted beforehand",
    "false_positive": "Labelled as no credential in a review",
    "rotated": "The value is dead: its provider or the vault says so",
}
_BASELINE_STATES = {"new": "new", "reopened": "new", "moved": "updated", "fixed": "updated", "unchanged": "unchanged"}

_ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9._~/:-]|%[0-9A-Fa-f]{2})+")
_ROOT = "REPOSITORY"


def repository_run(
    repository: Entry, entries: Sequence[Entry], errors: Sequence[Entry], rules: Sequence[Rule]
) -> dict[str, Any]:
    """Return the run of `repository`: a result for each finding; what is not open is suppressed or a note.

    Its `automationDetails.id` is that of the repository alone, so that GitHub compares it with the run before.
    """
    findings = [finding_of(entry) for entry in entries]
    reported = reported_rules(findings, rules)
    places = {rule_id: index for index, rule_id in enumerate(reported)}
    numbered = zip(entries, findings, ordinals(findings), strict=True)
    results = [_result(entry, found, places[found.rule_id], ordinal) for entry, found, ordinal in numbered]
    run: dict[str, Any] = {
        "tool": {"driver": driver(reported.values())},
        "automationDetails": {"id": f"strongroom/audit/{_uri(repository['name'])}/"},
        "invocations": [_invocation(repository, errors)],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The top folder of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    source = _source(repository)
    if source:
        run["versionControlProvenance"] = [source]
    return run


def _result(entry: Entry, found: Finding, rule_index: int, ordinal: int) -> dict[str, Any]:
    record = sarif_result(found, rule_index, ordinal)
    record["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] = _ROOT
    state, reason = entry["state"], inert(entry["reason"] or "")
    record["properties"] |= {"state": state, "repository": inert(entry["repository"]), "owner": _text(entry["owner"])}
    if state in _WHY:
        kind = "inSource" if entry["suppressed_by"] == "inline" else "external"
        record["suppressions"] = [suppression(kind, f"{_WHY[state]}{': ' if reason else ''}{reason}.")]
    if state == "fixed":
        gone = f"No longer in HEAD{_since(entry['removed'])}; the history still holds it."
        record["level"] = "note"
        record["message"] = {"text": f"{record['message']['text']} {message(gone)}"}
    if entry["change"]:
        record["baselineState"] = _BASELINE_STATES[entry["change"]]
    return record


def _since(removed: Entry | None) -> str:
    return inert(f" since {removed['date'][:10]}, commit {removed['sha'][:12]}") if removed else ""


def _text(text: str | None) -> str | None:
    return None if text is None else inert(text)


def _invocation(repository: Entry, errors: Sequence[Entry]) -> dict[str, Any]:
    told = [unread(ScanError(path=each["path"], message=each["message"])) for each in errors]
    if repository["state"] != "done":
        why = repository["error"] or "it was not audited yet"
        told.append({"level": "error", "message": {"text": message(f"The repository was not audited: {inert(why)}.")}})
    return {"executionSuccessful": repository["state"] == "done", "toolExecutionNotifications": told}


def _source(repository: Entry) -> dict[str, Any] | None:
    """Return where the repository came from, at which commit; nothing where that is no plain web address."""
    location, head = repository["location"], repository["head"]
    if not head or not _ADDRESS.fullmatch(location):
        return None
    return {"repositoryUri": location, "revisionId": head, "mappedTo": {"uriBaseId": _ROOT}}


def _uri(name: str) -> str:
    return quote(name.encode("utf-8", "surrogatepass"), safe="/")
