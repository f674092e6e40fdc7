"""The journal of a fix: what it is about to do and has done, so that one that was cut off can be resumed or undone.

One JSON object a line, appended and flushed to disk before what it announces is done; a last line that was torn counts
as not written. It holds names, ARNs, version ids and commits, and no value. What is done is told from the store and the
repository, which know it; the journal tells what was this run's own doing.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from remediation.model import Plan, SecretPlan
from strongroom.kernel.canonical import canonical_json, sha256_hex
from strongroom.kernel.errors import UsageError
from strongroom.kernel.files import write_atomic

_OPEN, _DONE = "journal.jsonl", "finished.jsonl"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A secret that a run has in mind: the version id that it stores it under, and where the code has the value."""

    version: str
    field: str | None
    """The field of a JSON secret that holds the value."""
    commit: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a run set out to do."""

    started: str
    """ISO 8601, UTC."""
    commit: str
    """HEAD, which the plan was made on."""
    branch: str
    before: str | None
    """Where the branch was, None where there was none."""
    digest: str
    """Of the plan."""
    secrets: Mapping[str, Intent]
    options: Mapping[str, Any]
    """How the command was called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request on a forge that a run opened, or brought up to date."""

    number: int
    url: str
    opened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a journal tells of one run, and of the finished one on the same branch that it went on from."""

    begun: Begun
    stored: Mapping[str, str] = field(default_factory=dict)
    """The version ids that this run put into the store, or may have, by the secret's name."""
    rotating: Mapping[str, str] = field(default_factory=dict)
    """The functions that this run attached, or may have, by the secret's name."""
    tips: tuple[str, ...] = ()
    """The commits that this run put on its branch, or may have."""
    pushed: Mapping[str, str] = field(default_factory=dict)
    """The commits that this run pushed, or may have, by the remote's name."""
    request: Request | None = None
    folders: tuple[str, ...] = ()
    """Temporary folders that this run made."""
    undoing: bool = False
    finished: bool = False

    @property
    def touched(self) -> bool:
        """Tell whether anything may be there that was not before."""
        return bool(self.stored or self.rotating or self.tips or self.pushed or self.undoing)


def digest_of(plan: Plan, commit: str, branch: str) -> str:
    """Return a digest of all that a plan changes: equal for the same plan of the same commit on the same branch."""
    edits = [[each.path, each.mode, each.blob_id, sha256_hex(each.after)] for each in plan.patch.edits]
    secrets = [[each.name, each.layout.value, *each.fingerprints] for each in plan.secrets]
    return sha256_hex(canonical_json([commit, branch, edits, secrets]))


def intents(planned: Iterable[SecretPlan], commit: str, earlier: Run | None) -> dict[str, Intent]:
    """Return what a run has in mind with its secrets, by name; one that goes on from `earlier` keeps version ids."""
    known = {} if earlier is None else {name: each.version for name, each in earlier.begun.secrets.items()}
    known |= {} if earlier is None else earlier.stored
    return {
        each.name: Intent(
            version=known.get(each.name) or str(uuid.uuid4()),
            field=each.field,
            commit=commit,
            paths=tuple(sorted({reference.path for reference in each.references})),
        )
        for each in planned
    }


class Journal:
    """The journal of a run that is under way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, begun: Begun, earlier: Run | None) -> None:
        """Start the journal; what was the doing of `earlier`, where this run goes on from it, counts as this one's.

        Raises `UsageError` where it cannot be written.
        """
        if earlier is not None:
            secrets = {**earlier.begun.secrets, **begun.secrets}
            before = earlier.begun.before if earlier.begun.branch == begun.branch else begun.before
            begun = replace(begun, secrets=secrets, before=before)
        lines = [{"event": "begun", "schema_version": _VERSION, **_plain(begun)}]
        lines += [] if earlier is None else _told(earlier)
        text = b"".join(canonical_json(line) + b"\n" for line in lines)
        try:
            write_atomic(self._folder / _OPEN, text)
        except OSError as error:
            raise _unwritable(self._folder, error) from None

    def storing(self, name: str, version: str) -> None:
        """A secret is about to be put into the store, or was found to have been by this run."""
        self._add("storing", name=name, version=version)

    def rotating(self, name: str, function: str) -> None:
        """A rotation function is about to be attached to a secret that has none."""
        self._add("rotating", name=name, function=function)

    def testing(self, folder: str) -> None:
        """A temporary folder was made."""
        self._add("testing", folder=folder)

    def committing(self, tip: str) -> None:
        """The branch is about to be put on `tip`."""
        self._add("committing", commit=tip)

    def pushing(self, remote: str, tip: str) -> None:
        """The branch is about to be pushed."""
        self._add("pushing", remote=remote, commit=tip)

    def requested(self, number: int, url: str, *, opened: bool) -> None:
        """A request was opened, or is there already."""
        self._add("requested", number=number, url=url, opened=opened)

    def undoing(self) -> None:
        """The run is about to be undone."""
        self._add("undoing")

    def finish(self) -> None:
        """The run is over: its journal is kept for an undo."""
        self._add("finished")
        (self._folder / _OPEN).replace(self._folder / _DONE)

    def _add(self, event: str, **about: Any) -> None:
        line = canonical_json({"event": event, **about}) + b"\n"
        try:
            descriptor = os.open(self._folder / _OPEN, os.O_WRONLY | os.O_APPEND)
            try:
                if os.write(descriptor, line) != len(line):
                    raise _unwritable(self._folder, OSError(0, "it was cut short"))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _unwritable(self._folder, error) from None


def unfinished(folder: Path) -> Run | None:
    """Return the run that was cut off, None where none was. Raises `UsageError` for a damaged journal."""
    return _read(folder / _OPEN)


def last_finished(folder: Path) -> Run | None:
    """Return the last run that ended by itself, None where there is none. Raises `UsageError`."""
    return _read(folder / _DONE)


def forget(folder: Path) -> None:
    """Remove the journal of the run under way: nothing is left of it."""
    (folder / _OPEN).unlink(missing_ok=True)


def close_all(folder: Path) -> None:
    """Remove all journals: what they tell of was taken back."""
    (folder / _DONE).unlink(missing_ok=True)
    forget(folder)


def _read(file: Path) -> Run | None:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    try:
        first, *more = [json.loads(line) for line in data.split(b"\n")[:-1]]
        run = Run(begun=_begun(first))
        for line in more:
            run = _after(run, line)
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            f"{file} is damaged", hint="look what the last fix left (git branch, strongroom vault list), then delete it"
        ) from None
    return run


def _begun(line: Mapping[str, Any]) -> Begun:
    if line["event"] != "begun" or line["schema_version"] != _VERSION:
        raise ValueError("another version wrote it")
    secrets = {
        name: Intent(version=each["version"], field=each["field"], commit=each["commit"], paths=tuple(each["paths"]))
        for name, each in line["secrets"].items()
    }
    names = ("started", "commit", "branch", "before", "digest", "options")
    return Begun(secrets=secrets, **{name: line[name] for name in names})


def _after(run: Run, line: Mapping[str, Any]) -> Run:
    """Return what is known of a run after one more line."""
    return replace(run, **_READERS[line["event"]](run, line))


def _requested(run: Run, line: Mapping[str, Any]) -> dict[str, Any]:
    opened = line["opened"] or (run.request is not None and run.request.opened)
    return {"request": Request(number=line["number"], url=line["url"], opened=opened)}


_READERS: Mapping[str, Callable[[Run, Mapping[str, Any]], dict[str, Any]]] = {
    "storing": lambda run, line: {"stored": {**run.stored, line["name"]: line["version"]}},
    "rotating": lambda run, line: {"rotating": {**run.rotating, line["name"]: line["function"]}},
    "committing": lambda run, line: {"tips": (*run.tips, line["commit"])},
    "pushing": lambda run, line: {"pushed": {**run.pushed, line["remote"]: line["commit"]}},
    "requested": _requested,
    "testing": lambda run, line: {"folders": (*run.folders, line["folder"])},
    "undoing": lambda _run, _line: {"undoing": True},
    "finished": lambda _run, _line: {"finished": True},
}


def _told(run: Run) -> Iterable[dict[str, Any]]:
    """Yield the lines that tell what was a run's doing."""
    for name, version in run.stored.items():
        yield {"event": "storing", "name": name, "version": version}
    for name, function in run.rotating.items():
        yield {"event": "rotating", "name": name, "function": function}
    for tip in run.tips:
        yield {"event": "committing", "commit": tip}
    for remote, tip in run.pushed.items():
        yield {"event": "pushing", "remote": remote, "commit": tip}
    if run.request is not None:
        each = run.request
        yield {"event": "requested", "number": each.number, "url": each.url, "opened": each.opened}


def _plain(begun: Begun) -> dict[str, Any]:
    secrets = {
        name: {"version": each.version, "field": each.field, "commit": each.commit, "paths": list(each.paths)}
        for name, each in begun.secrets.items()
    }
    return {
        "started": begun.started,
        "commit": begun.commit,
        "branch": begun.branch,
        "before": begun.before,
        "digest": begun.digest,
        "secrets": secrets,
        "options": dict(begun.options),
    }


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"the journal in {folder} cannot be written: {error.strerror}", hint="make room, then run again")
