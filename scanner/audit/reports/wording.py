"""What every report for people says of an audit: the headline, what was read, what changed, and what to do first."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.audit.reports.document import Document, Entry, repository_rank, since_last
from strongroom.kernel.inert import inert
from strongroom.kernel.record import Record

_SIZES = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))
_MIDDLE = "\u2026"
_DRY = "strongroom fix --dry-run"


class Step(Record):
    """One thing to do: why, in which repository first if that matters, and the command that does it."""

    text: str
    where: str = ""
    command: str


def number(count: float) -> str:
    """Return a number for people to read."""
    return f"{count:,}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return `count` of what is called `one`, or `many` where that is more than an `s` at the end."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def short(text: str, most: int = 120) -> str:
    """Return `text` made harmless and no longer than `most`: the middle of what is longer is left out."""
    shown = inert(text)
    if len(shown) <= most:
        return shown
    ending = most // 2
    return f"{shown[: most - ending - 1]}{_MIDDLE}{shown[-ending:]}"


def headline(document: Document) -> str:
    """Return what the audit found in one sentence."""
    overview = document["overview"]
    where = f"in {counted(overview['repositories'], 'repository', 'repositories')}"
    if not overview["findings"]:
        return f"no credentials found {where}"
    live = f", {number(overview['active'])} active" if overview["active"] else ""
    still = f"{counted(overview['states']['open'], 'finding')} open{live}"
    return f"{counted(overview['exposures'], 'exposed credential')} {where}: {still}"


def coverage(document: Document) -> str:
    """Return what was read, what was skipped on purpose, and what could not be read."""
    read, failed = document["coverage"], document["overview"]["repositories_failed"]
    parts = [
        f"{counted(read['files'], 'file')} and {counted(read['commits'], 'commit')}, {size(read['bytes'])}",
        "skipped " + skipped(document) if read["skipped"] else "",
        f"{number(read['unread'])} not read" if read["unread"] else "",
        f"{counted(failed, 'repository', 'repositories')} failed" if failed else "",
    ]
    return "; ".join(part for part in parts if part)


def skipped(document: Document) -> str:
    """Return how many files were skipped, by reason, the most first."""
    reasons = sorted(document["coverage"]["skipped"].items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{number(count)} {short(reason)}" for reason, count in reasons)


def size(count: int) -> str:
    """Return a number of bytes for people to read."""
    return next((f"{count / least:.1f} {unit}" for least, unit in _SIZES if count >= least), f"{count} bytes")


def day(moment: str | None) -> str:
    """Return the day of an ISO 8601 date and time; a dash where there is none."""
    return short(moment[:10]) if moment else "\u2013"


def changes(document: Document) -> str:
    """Return what changed since the audit before, in one line."""
    numbers = since_last(document)
    if numbers is None:
        return "first audit: there is none to compare with"
    told = ", ".join(f"{number(count)} {name}" for name, count in numbers.items() if count)
    return f"since audit {document['audit']['previous']}: {told or 'nothing changed'}"


def first_steps(document: Document) -> list[Step]:
    """Return what to do about the audit, the most urgent first; at least one thing."""
    return list(_steps(document))


def place(entry: Entry) -> str:
    """Return where a finding stands, within its repository."""
    return f"{short(entry['path'], 200)}:{entry['start_line']}:{entry['start_column']}"


def _steps(document: Document) -> Iterator[Step]:
    overview = document["overview"]
    where = _worst_repository(document)
    if document["audit"]["state"] != "finished":
        yield Step(
            text="This audit is not finished: go on with it, what follows is a part.", command="strongroom audit"
        )
    if overview["active"]:
        text = (
            f"{_hold(overview['active'])} a credential that its provider still takes. Fix and deploy, then rotate them"
        )
        yield Step(text=f"{text} (strongroom rotate now --merged).", command=_DRY)
    elif overview["states"]["open"]:
        yield Step(text="See what a fix would change, where most findings are open:", where=where, command=_DRY)
    if overview["managed"]:
        held = counted(overview["managed"], "exposed value is", "exposed values are")
        yield Step(text=f"{held} held by the vault: rotate those secrets there.", command="strongroom rotate now NAME")
    if overview["repositories_failed"]:
        failed = counted(overview["repositories_failed"], "repository", "repositories")
        yield Step(text=f"{failed} could not be audited: see why, then run it again.", command="strongroom audit")
    if not overview["states"]["open"]:
        yield Step(text="Nothing is open. Keep it so with a hook.", command="strongroom scan --staged")


def _worst_repository(document: Document) -> str:
    """Return the repository with the most open findings; nothing where none is open."""
    worst = min(document["repositories"], key=repository_rank, default=None)
    return str(worst["name"]) if worst is not None and worst["open"] else ""


def _hold(count: int) -> str:
    return counted(count, "finding holds", "findings hold")
