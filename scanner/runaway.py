"""Measures patterns on texts made to hurt them, in a child that can be killed: a runaway pattern never returns."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from scanner.lines import LineIndex
from scanner.prefilter.patterns import LONGEST
from scanner.prefilter.shorten import widest
from scanner.rulebook.model import compiled

_REPEATED_LENGTH = 50_000
_MAX_SECONDS = 0.5
_QUICK = 0.02
_STARTUP_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A rule's pattern and the pieces of text that are repeated to hurt it."""

    rule_id: str
    pattern: str
    multiline: bool
    keywords: tuple[str, ...]
    pieces: tuple[str, ...]
    length: int = _REPEATED_LENGTH


def slow_patterns(trials: Sequence[Trial]) -> set[str]:
    """Return the ids of rules whose pattern takes over half a second of processor on its repeated pieces."""
    slow: set[str] = set()
    waiting = list(trials)
    while waiting:
        answers = _measured(waiting)
        slow.update(trial.rule_id for trial, took in zip(waiting, answers, strict=False) if took > _MAX_SECONDS)
        if len(answers) < len(waiting):
            # The child was killed while it worked on this one.
            slow.add(waiting[len(answers)].rule_id)
        waiting = waiting[len(answers) + 1 :]
    return slow


def _measured(trials: Sequence[Trial]) -> list[float]:
    """Return the processor time of each trial, in seconds, up to the first that the child had to be killed over."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-m", "scanner.runaway"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    request = json.dumps([asdict(trial) for trial in trials])
    try:
        answers, _ = child.communicate(request, timeout=_STARTUP_SECONDS + 2 * _MAX_SECONDS * len(trials))
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, child.args)
    except subprocess.TimeoutExpired:
        child.kill()
        answers, _ = child.communicate()
    return [float(line) for line in answers.splitlines()]


def _seconds(trial: Trial) -> float:
    return max(_on_line(trial, line) for line in _lines(trial))


def _on_line(trial: Trial, line: bytes) -> float:
    # What is quick on two fifths cannot be slow on the whole unless it grows faster than the cube of the length.
    glance = _search(trial, line[: trial.length * 2 // 5])
    return _least(trial, line) if glance > _QUICK else glance


def _least(trial: Trial, line: bytes) -> float:
    # A second look where the first was slow: a busy machine slows a good pattern once, a bad one is slow each time.
    first = _search(trial, line)
    return min(first, _search(trial, line)) if first > _MAX_SECONDS else first


def _lines(trial: Trial) -> Iterator[bytes]:
    for piece in trial.pieces:
        yield (piece * (trial.length // len(piece) + 1))[: trial.length].encode()


def _search(trial: Trial, line: bytes) -> float:
    lines = LineIndex(line)
    places = [
        (place + len(keyword), place + len(keyword))
        for keyword in trial.keywords
        for place in lines.positions(keyword.encode())
    ]
    if not trial.keywords:
        # It is looked for everywhere, so every place is one where it may end.
        places = [(1, len(line))]
    started = time.process_time()
    for window in lines.windows(places, widest(trial.pattern, LONGEST), multiline=trial.multiline):
        for _ in compiled(trial.pattern).finditer(lines.data, window.start, window.end):
            pass
    return time.process_time() - started


def main() -> None:
    """Read trials as JSON from standard input, and print the seconds of each as it is done."""
    for entry in json.load(sys.stdin):
        entry["keywords"], entry["pieces"] = tuple(entry["keywords"]), tuple(entry["pieces"])
        sys.stdout.write(f"{_seconds(Trial(**entry))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
