"""What a rewrite has to prove before anything is stored or committed."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from remediation import configuration, programs
from remediation.accessor import NAMES, is_accessor
from remediation.errors import Unproven
from remediation.manifests.python import PACKAGES
from remediation.mentions import Spellings, occurrences
from remediation.model import Edit, Entry, Plan, SecretPlan, Snapshot
from remediation.needless import needless_line
from remediation.planner import plan_fix
from remediation.rewriters import python_engines
from remediation.rewriters.setup_py import READER
from scanner.model import Finding
from strongroom.kernel.record import replace

Rescan = Callable[[Mapping[str, bytes]], Sequence[Finding]]


def check(plan: Plan, snapshot: Snapshot, rescan: Rescan) -> None:
    """Raise `Unproven`, naming file and secret, where the plan's edits do not hold what they promise.

    Every changed Python file compiles, and others parse as before; no line of code is changed that need not be; no
    planned value is left in a changed file in any form but where the plan names it for a person; a scan of the changed
    files reports nothing that was planned or that the edits brought in; planning again on the result changes no code.
    """
    spellings = Spellings([secret.value for secret in plan.secrets])
    for edit in plan.patch.edits:
        require_parses(edit)
        _changes_nothing_else(plan, edit)
        _holds_no_value(plan, edit, spellings)
    found = rescan({edit.path: edit.after for edit in plan.patch.edits})
    _reports_nothing_planned(plan, found)
    _second_run_is_a_no_op(plan, snapshot, found)


def require_parses(edit: Edit) -> None:
    """Raise `Unproven` where a changed file does not compile, or parse as it did."""
    if not edit.path.endswith(".py"):
        rewriter = configuration if programs.language_of(edit.path) is None else programs
        if not rewriter.reads_as_before(edit.path, edit.before, edit.after):
            raise Unproven(edit.path, f"the rewritten {edit.path} does not parse")
        return
    try:
        with warnings.catch_warnings():
            # A file's own warnings, such as an invalid escape, are none of ours.
            warnings.simplefilter("ignore")
            compile(ast.parse(edit.after), edit.path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        raise Unproven(edit.path, f"the rewritten {edit.path} does not compile") from None


def _changes_nothing_else(plan: Plan, edit: Edit) -> None:
    """Raise `Unproven` for a changed line of a program that held no value; all else was compared leaf by leaf."""
    if edit.blob_id is None or is_accessor(edit.before):
        return
    moved = [one for secret in plan.secrets for one in secret.references if one.path == edit.path]
    spans = [one.span for one in moved]
    every = [one for secret in plan.secrets for one in secret.references]
    spans += [engine.span for one in every for engine in one.engines if engine.path == edit.path]
    if edit.path.endswith(".py"):
        followed = (one for one in moved if one.strategy == python_engines.STRATEGY)
        spans += [place for one in followed for place in python_engines.places(edit.before, one.span, one.value)]
        # A setup.py lists what the code depends on now, and modules that are installed with it, too.
        asked = [*PACKAGES, *NAMES, READER, *(secret.name for secret in plan.secrets)]
        line: int | None = needless_line(edit.before, edit.after, spans, asked)
    else:
        line = programs.stray_line(edit.path, edit.before, edit.after, spans)
    if line:
        raise Unproven(edit.path, f"{edit.path}:{line} would be changed for no reason")


def _holds_no_value(plan: Plan, edit: Edit, spellings: Spellings) -> None:
    held = Counter(number for number, _, _ in spellings.within(edit.after))
    for number, copies in sorted(held.items()):
        secret = plan.secrets[number]
        if copies > _left_in(plan, secret, edit):
            raise Unproven(edit.path, f"the value of {secret.name} would still be in {edit.path}")


def _left_in(plan: Plan, secret: SecretPlan, edit: Edit) -> int:
    """Return how many copies in a file the plan leaves to a person: mentions, and findings it cannot rewrite."""
    named = sum(mention.path == edit.path and mention.secret == secret.name for mention in plan.mentions)
    spans = [finding.span for finding in plan.left if finding.path == edit.path]
    places = (at for _, at in occurrences(edit.before, secret.value))
    return named + sum(any(span.start <= at < span.end for span in spans) for at in places)


def _reports_nothing_planned(plan: Plan, found: Iterable[Finding]) -> None:
    before = {edit.path: edit.before for edit in plan.patch.edits}
    left = Counter((finding.path, _owner(plan, finding)) for finding in plan.left)
    left.update((mention.path, mention.secret) for mention in plan.mentions)
    for finding in found:
        owner = _owner(plan, finding)
        if finding.suppressed_by is not None:
            continue
        if owner is None and not _was_there(plan, finding, before.get(finding.path, b"")):
            raise Unproven(finding.path, f"the rewritten {finding.path} would be reported by {finding.rule_id}")
        if owner is not None:
            left[finding.path, owner] -= 1
            if left[finding.path, owner] < 0:
                raise Unproven(finding.path, f"the value of {owner} would still be reported in {finding.path}")


def _was_there(plan: Plan, finding: Finding, before: bytes) -> bool:
    """Tell whether a value stood in a file before: as it is, or as what its program makes of literals."""
    left = (one for one in plan.left if one.path == finding.path)
    return finding.value.reveal() in before or any(one.value == finding.value for one in left)


def _was_only_there(plan: Plan, finding: Finding, before: bytes) -> bool:
    return _owner(plan, finding) is None and _was_there(plan, finding, before)


def _owner(plan: Plan, finding: Finding) -> str | None:
    return next((secret.name for secret in plan.secrets if secret.value == finding.value), None)


def _second_run_is_a_no_op(plan: Plan, snapshot: Snapshot, found: Sequence[Finding]) -> None:
    changed = {edit.path: Entry(mode=edit.mode, blob_id="", data=edit.after) for edit in plan.patch.edits}
    after = Snapshot(app=snapshot.app, commit="", entries={**snapshot.entries, **changed})
    # A value that a scan reports only now, since what stood around it is gone, was not for this plan to move.
    before = {edit.path: edit.before for edit in plan.patch.edits}
    due = [one for one in found if one.path in changed and not _was_only_there(plan, one, before[one.path])]
    again = plan_fix([replace(finding, blob_id=None) for finding in due], after)
    if again.patch.edits:
        path = again.patch.edits[0].path
        raise Unproven(path, f"a second fix would change {path} again")
