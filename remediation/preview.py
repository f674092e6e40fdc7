"""The diff of a fix as a person may see it: values masked wherever they stand."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from remediation.mentions import forms
from remediation.model import Edit, Plan

_MASK = "••••••••"
_FEW = 6


def diff(plan: Plan) -> str:
    """Return the unified diff of every edit, with planned and unplanned values of findings masked in every form."""
    ordered = spellings_of(plan)
    return "".join(line for edit in plan.patch.edits for line in _file(edit, ordered))


def spellings_of(plan: Plan) -> Sequence[bytes]:
    """Return every form in which a text could show a value of the plan's findings, longer ones first."""
    values = [secret.value for secret in plan.secrets]
    values += [reference.value for secret in plan.secrets for reference in secret.references]
    values += [finding.value for finding in plan.left]
    spellings = {text for value in values for texts in forms(value).values() for text in texts}
    spellings.update(written for edit in plan.patch.edits for written in _written(plan, edit))
    return sorted(spellings, key=len, reverse=True)


def _file(edit: Edit, spellings: Sequence[bytes]) -> Iterator[str]:
    before, after = (_lines(masked(data, spellings)) for data in (edit.before, edit.after))
    old = f"a/{edit.path}" if edit.blob_id is not None else "/dev/null"
    for line in difflib.unified_diff(before, after, old, f"b/{edit.path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _written(plan: Plan, edit: Edit) -> Iterator[bytes]:
    """Yield what stands in a file where the values are: a program may make them of it."""
    references = (one for secret in plan.secrets for one in secret.references)
    held = [(one.path, (one.span, *one.parts)) for one in references]
    held += [(one.path, (one.span, *one.parts)) for one in plan.left]
    spans = [span for path, spans in held if path == edit.path for span in spans]
    for span in spans:
        # A few characters alone stand everywhere; with what is next to them they do not.
        reach = int(span.end - span.start < _FEW)
        yield edit.before[max(span.start - reach, 0) : span.end + reach]


def masked(data: bytes, spellings: Sequence[bytes]) -> str:
    """Return a text in which none of the spellings is to be read."""
    for spelling in spellings:
        data = data.replace(spelling, _MASK.encode())
    return data.decode("utf-8", "replace")


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.removesuffix("\n").split("\n")] if text else []
