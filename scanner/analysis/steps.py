"""The steps from a literal to its use, as a report shows them."""

from __future__ import annotations

from scanner.analysis.files import Files
from scanner.analysis.program import Text
from scanner.analysis.value import Step
from scanner.model import FlowStep, Span

_MOST_STEPS = 12
_QUOTES = (b'"', b"'", b"`")


class Steps:
    """Answers for the files of one project."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def shown(self, steps: tuple[Step, ...]) -> tuple[FlowStep, ...]:
        """Return the steps by line and column; of many the first and the last."""
        kept = steps if len(steps) <= _MOST_STEPS else (*steps[: _MOST_STEPS // 2], *steps[-_MOST_STEPS // 2 :])
        return tuple(self._step(step) for step in kept)

    def _step(self, step: Step) -> FlowStep:
        lines = self._files.lines(step.program.path)
        start = step.at.start
        if isinstance(step.at, Text) and lines.data[start - 1 : start] in _QUOTES:
            # People look for a literal where its quote stands.
            start -= 1
        region = lines.region(Span(start=start, end=max(step.at.end, start)))
        return FlowStep(
            path=step.program.path, line=region.start_line, column=region.start_column, message=step.message
        )
