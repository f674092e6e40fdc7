"""Where and when blobs stood: the versions that hold the same texts at the same path, from first commit to last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.model import Commit
from scanner.sources.log import Brought, brought


@dataclass(slots=True, kw_only=True)
class Versions:
    """The versions of one path in which the same texts stand."""

    path: bytes
    blob: bytes
    """The first of them, by its name in hex."""
    before: bytes | None
    """What the first replaced."""
    first: Commit | None
    """The commit that brought it in; None for what was never committed."""
    last: Commit | None
    number: int
    blobs: set[bytes]
    removed: Commit | None = None
    """The last commit that put something else, or nothing, in place of one of them."""


def versions(spool: str, standing: Mapping[bytes, frozenset[int]], ages: Mapping[bytes, int]) -> list[Versions]:
    """Return where the blobs `standing` stood, by the spooled log; `ages` ranks commits from the newest on."""
    found: dict[tuple[bytes, frozenset[int]], Versions] = {}
    removed: dict[tuple[bytes, frozenset[int]], Commit] = {}
    # From the newest commit to the oldest.
    for one in sorted(brought(spool, standing), key=lambda one: ages.get(one.fields[0], 0)):
        commit = _commit(one)
        texts = standing.get(one.blob)
        before = standing.get(one.before) if one.before is not None else None
        if before is not None and before != texts:
            removed.setdefault((one.path, before), commit)
        if texts is None:
            continue
        key = (one.path, texts)
        if key not in found:
            found[key] = Versions(
                path=one.path, blob=one.blob, before=one.before, first=commit, last=commit, number=0, blobs=set()
            )
        known = found[key]
        known.first, known.blob, known.before = commit, one.blob, one.before
        known.number += 1
        known.blobs.add(one.blob)
    for key, known in found.items():
        known.removed = removed.get(key)
    return sorted(found.values(), key=lambda one: (one.path, one.first.date if one.first else "", one.blob))


def orphans(loose: Iterable[bytes], standing: Mapping[bytes, frozenset[int]]) -> list[Versions]:
    """Return those of the blobs `loose`, which no commit brought in, that stand; they are known by their names only."""
    return [
        Versions(path=b"objects/" + name, blob=name, before=None, first=None, last=None, number=1, blobs={name})
        for name in loose
        if name in standing
    ]


def _commit(one: Brought) -> Commit:
    sha, author, email, date, summary = (field.decode("utf-8", "replace") for field in one.fields)
    return Commit(sha=sha, author=author, email=email, date=date, summary=summary)
