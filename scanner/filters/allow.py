"""Which findings markers accept. An allowance covers the value it was given for, not the line.

- Ours names rules: of each, the value on the marker's line. Of several the nearest before the marker; `count=N` takes
  the N nearest, `id=` the one whose fingerprint starts so. An expired or malformed one accepts nothing.
- Another tool's covers the value on its line, of several the nearest before it; one for the next line the first there;
  a block all values in it.
- Where none stands before the marker, the first behind it is meant. Equal values on a line are one value.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice

from scanner.filters.markers import WORD, Covers, Marker, markers
from scanner.lines import LineIndex
from scanner.model import Allowance, Candidate
from strongroom.kernel.record import Record

EVERY = "*"
"""Stands for every rule."""
_UNUSED = "nothing stands under it; remove it"


class Verdicts(Record):
    """What the markers of one text say: places in its list of candidates, notes on them, and markers to report."""

    covered: frozenset[int]
    notes: Mapping[int, str]
    used: tuple[Allowance, ...] = ()
    unused: tuple[Allowance, ...]
    expired: tuple[Allowance, ...]
    malformed: tuple[Allowance, ...]


class _Group:
    """The values on one line that markers of one kind may mean, in order of their place."""

    __slots__ = ("done", "note", "places", "same")

    def __init__(self, places: Sequence[int], values: Sequence[bytes]) -> None:
        self.places = places
        self.same: dict[bytes, list[int]] = {}
        for place, value in zip(places, values, strict=True):
            self.same.setdefault(value, []).append(place)
        self.done: set[bytes] = set()
        self.note = ""


class Weighing:
    """The markers of one text against its candidates, `standing` ones in order of their place.

    `weak` are candidates that are not sure enough to be reported: an allowance for one is used all the same. A line may
    hold thousands of values and markers, so nothing here looks at each value for each marker.
    """

    def __init__(
        self,
        path: str,
        lines: LineIndex,
        standing: Sequence[Candidate],
        names: Sequence[str],
        *,
        weak: Sequence[Candidate],
        rules: Container[str],
        today: date,
    ) -> None:
        """`names` are the fingerprints of `standing`, `rules` the ids of all rules there are."""
        self._path = path
        self._lines = lines
        self._standing = standing
        self._names = names
        self._today = today
        self._rules = rules
        self._by_line: dict[int, list[int]] = {}
        self._weak: dict[int, set[str]] = {}
        for place, candidate in enumerate(standing):
            for line in self._lines_of(candidate):
                self._by_line.setdefault(line, []).append(place)
        for candidate in weak:
            for line in self._lines_of(candidate):
                self._weak.setdefault(line, set()).add(candidate.rule_id)
        self._groups: dict[tuple[object, ...], _Group] = {}
        self._open: dict[tuple[str, tuple[str, ...]], int] = {}
        self._covered: set[int] = set()
        self._reported: dict[str, list[Allowance]] = {"used": [], "unused": [], "expired": [], "malformed": []}

    def verdicts(self) -> Verdicts:
        """Return what all markers say together."""
        found = markers(self._path, self._lines)
        for number, marker in enumerate(found):
            if marker.ours:
                self._ours(marker)
            elif marker.covers is Covers.START:
                self._block(marker, islice(found, number + 1, None))
            elif marker.covers is not Covers.END:
                self._foreign(marker)
        return Verdicts(
            covered=frozenset(self._covered),
            notes=self._notes(),
            **{kind: tuple(allowances) for kind, allowances in self._reported.items()},
        )

    def _notes(self) -> dict[int, str]:
        noted = [group for group in self._groups.values() if group.note]
        return {place: group.note for group in noted for place in group.places if place not in self._covered}

    def _ours(self, marker: Marker) -> None:
        if marker.problem:
            self._report("malformed", marker, ",".join(marker.rules), marker.problem)
            return
        for rule in marker.rules:
            if rule != EVERY and rule not in self._rules:
                self._report("malformed", marker, rule, f"there is no rule {rule}; `strongroom rules list` names them")
                continue
            group = self._group(marker.line, (rule,), _named(rule))
            if marker.expires is not None and marker.expires < self._today:
                self._report("expired", marker, rule, f"expired on {marker.expires}; renew it or rotate the credential")
                group.note = group.note or f"the allowance on its line expired on {marker.expires}"
            else:
                self._cover(marker, group, self._meant(marker, group.places), rule)

    def _foreign(self, marker: Marker) -> None:
        below = marker.covers is Covers.NEXT_LINE

        def wanted(candidate: Candidate) -> bool:
            starts_below = not below or self._lines.number(candidate.span.start) > marker.line
            return starts_below and _provided(marker, candidate)

        group = self._group(marker.line + below, (marker.covers, *marker.rules), wanted)
        self._cover(marker, group, group.places[:1] if below else self._nearest(marker, group.places, 1), "")

    def _group(self, line: int, kind: tuple[object, ...], wanted: Callable[[Candidate], bool]) -> _Group:
        """Return the values on `line` that `wanted` takes; the same for the same `kind` of marker."""
        key = (line, *kind)
        if key not in self._groups:
            places = [place for place in self._by_line.get(line, ()) if wanted(self._standing[place])]
            # Compared in the open: secrets refuse to be hashed, and nothing of this leaves the process.
            self._groups[key] = _Group(places, [self._standing[place].value.reveal() for place in places])
        return self._groups[key]

    def _block(self, marker: Marker, behind: Iterable[Marker]) -> None:
        """Cover what stands from a marker to the next one that ends it, or to the end of the text."""
        kind = (marker.tool, marker.rules)
        if marker.start < self._open.get(kind, 0):
            return
        end = next((one.start for one in behind if _ends(one, marker)), len(self._lines.data))
        self._open[kind] = end
        first = bisect_right(self._standing, marker.start, key=_start)
        last = bisect_right(self._standing, end, key=_start)
        inside = [place for place in range(first, last) if _provided(marker, self._standing[place])]
        self._covered.update(inside)
        self._report("used" if inside else "unused", marker, "", "" if inside else _UNUSED)

    def _meant(self, marker: Marker, there: Sequence[int]) -> Sequence[int]:
        if marker.identity:
            return [place for place in there if self._names[place].startswith(marker.identity)]
        return self._nearest(marker, there, marker.count)

    def _nearest(self, marker: Marker, there: Sequence[int], count: int) -> Sequence[int]:
        before = bisect_right(there, marker.start, key=lambda place: self._standing[place].span.start)
        return there[max(0, before - count) : before] or there[:count]

    def _cover(self, marker: Marker, group: _Group, meant: Sequence[int], rule: str) -> None:
        for value in {self._standing[place].value.reveal() for place in meant} - group.done:
            group.done.add(value)
            self._covered.update(group.same[value])
        label = WORD.decode() if marker.ours else f"marker of {marker.tool}"
        group.note = group.note or f"the {label} on line {marker.line} covers another value"
        if meant:
            self._report("used", marker, rule, "")
        elif not self._weakly_used(marker, rule):
            self._report("unused", marker, rule, _UNUSED)

    def _weakly_used(self, marker: Marker, rule: str) -> bool:
        there = self._weak.get(marker.line + (marker.covers is Covers.NEXT_LINE), set())
        return rule in there if rule not in ("", EVERY) else bool(there)

    def _report(self, kind: str, marker: Marker, rule: str, message: str) -> None:
        if not marker.quoted:
            self._reported[kind].append(
                Allowance(
                    tool=marker.tool,
                    path=self._path,
                    line=marker.line,
                    rule=rule,
                    reason=marker.reason,
                    message=message,
                    expires=marker.expires.isoformat() if marker.expires is not None else "",
                )
            )

    def _lines_of(self, candidate: Candidate) -> range:
        span = candidate.span
        return range(self._lines.number(span.start), self._lines.number(max(span.start, span.end - 1)) + 1)


def _start(candidate: Candidate) -> int:
    return candidate.span.start


def _named(rule: str) -> Callable[[Candidate], bool]:
    return lambda candidate: rule in (EVERY, candidate.rule_id)


def _ends(one: Marker, opened: Marker) -> bool:
    same = one.covers is Covers.END and one.tool == opened.tool and one.start > opened.start
    return same and (not one.rules or bool(set(one.rules) & set(opened.rules)))


def _provided(marker: Marker, candidate: Candidate) -> bool:
    """Tell whether a marker that names providers names the candidate's."""
    plain = candidate.rule_id.replace("-", "")
    return not marker.rules or any(name.replace("-", "") in plain for name in marker.rules)
