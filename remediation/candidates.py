"""Sorts the findings of a fix: those whose places a rewriter takes, and steps for a person with their reasons. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from remediation import building, configuration, copies, naming, programs, python_copies
from remediation.candidate import Candidate
from remediation.errors import NotRewritable
from remediation.manifests import declared
from remediation.model import Disposition, Entry, Reference, Snapshot, Step
from remediation.placement import not_ours
from remediation.python_candidates import Code
from remediation.rewriters import notebook
from remediation.rewriters.configuration.model import Use
from remediation.rewriters.source import PythonSource
from scanner.model import Finding, Span


def sorted_out(
    findings: Sequence[Finding], snapshot: Snapshot, refusals: Mapping[str, str], *, lazy: bool
) -> tuple[list[Candidate], dict[str, Step]]:
    """Return what can be rewritten, beyond the findings too, and a step for a person, by fingerprint, for all else.

    `refusals` are files whose edits did not fit together, with the reason; `lazy` lets constants be fetched late.
    """
    tree = {path: entry.data for path, entry in snapshot.entries.items()}
    code = Code(tree=tree, lazy=lazy, builds=building.builds(tree), manifests=declared.manifests(tree))
    candidates: list[Candidate] = []
    left: dict[str, Step] = {}
    for finding in findings:
        try:
            _refuse(finding, snapshot.entries[finding.path], refusals)
            if finding.path.endswith(".ipynb"):
                candidates.append(code.in_notebook(finding, _reference(finding, snapshot.entries[finding.path])))
            elif finding.path.endswith(".py"):
                candidates.append(code.in_file(finding, _reference(finding, snapshot.entries[finding.path])))
            elif programs.language_of(finding.path) is not None:
                candidates.append(_in_program(finding, snapshot.entries[finding.path], tree))
            else:
                candidates.append(_in_configuration(finding, snapshot.entries[finding.path], tree))
        except NotRewritable as refusal:
            left[finding.fingerprint] = _left_step(finding, snapshot.entries[finding.path].data, refusal.reason)
    candidates = _without_pieces(candidates)
    blobs = {path: entry.blob_id for path, entry in snapshot.entries.items()}
    return [*candidates, *_further(candidates, findings, code, blobs, refusals)], left


def _without_pieces(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without pieces of what several literals make up and what goes as a whole."""
    pieces = [(each.finding.path, part, each.secret) for each in candidates for part in each.finding.parts]

    def is_piece(one: Candidate) -> bool:
        return any(
            path == one.finding.path
            and part.overlaps(one.finding.span)
            and one.secret != whole
            and one.secret.reveal() in whole.reveal()
            for path, part, whole in pieces
        )

    return [each for each in candidates if not is_piece(each)]


def _further(
    candidates: Sequence[Candidate],
    findings: Sequence[Finding],
    code: Code,
    blobs: Mapping[str, str],
    refusals: Mapping[str, str],
) -> list[Candidate]:
    """Return what code and configuration hold of the candidates' values beyond the findings."""
    tree = code.tree
    ours = {path: data for path, data in tree.items() if path not in refusals}
    known: dict[str, list[Span]] = defaultdict(list)
    for finding in findings:
        known[finding.path].append(finding.span)
    values = [each.secret for each in candidates]
    found: list[Candidate] = []
    for number, path, span, site, code_use in python_copies.further(values, python_copies.rewritable(ours), known):
        line = tree[path].count(b"\n", 0, span.start) + 1
        at = replace(candidates[number].reference, path=path, span=span, line=line, blob_id=blobs[path], parts=())
        with suppress(NotRewritable):
            source = PythonSource.parse(tree[path])
            found.append(code.judged(candidates[number].finding, at, source, site, code_use))
            known[path].append(span)
    for number, path, span, spelling, use in copies.further(values, copies.rewritable(ours), tree, known):
        known[path].append(span)
        line = tree[path].count(b"\n", 0, span.start) + 1
        at = replace(
            candidates[number].reference, path=path, span=span, line=line, value=spelling, blob_id=blobs[path], parts=()
        )
        found.append(_of_configuration(candidates[number].finding, at, use))
    return found


def _left_step(finding: Finding, data: bytes, reason: str) -> Step:
    advice = configuration.advice_for(finding.path, data)
    by_hand = f"move the {finding.rule_name} by hand"
    return Step(
        path=finding.path,
        line=finding.region.start_line,
        disposition=Disposition.MANUAL,
        action=f"{by_hand}: {advice}" if advice else by_hand,
        reason=reason,
        fingerprint=finding.fingerprint,
    )


def _refuse(finding: Finding, entry: Entry, refusals: Mapping[str, str]) -> None:
    reason = refusals.get(finding.path) or not_ours(finding.path, entry.data)
    if reason is not None:
        raise NotRewritable(reason)
    if finding.path.endswith(".ipynb"):
        notebook.refuse_commands(entry.data, finding.span)
    if not finding.remediation.fixable:
        raise NotRewritable(finding.remediation.reason)


def _in_configuration(finding: Finding, entry: Entry, tree: Mapping[str, bytes]) -> Candidate:
    use = configuration.judge(finding.path, tree, finding.span, finding.value)
    return _of_configuration(finding, _reference(finding, entry), use)


def _in_program(finding: Finding, entry: Entry, tree: Mapping[str, bytes]) -> Candidate:
    use = programs.judge(finding.path, tree, finding.span, finding.value)
    at = replace(
        _reference(finding, entry),
        strategy=use.strategy,
        eager=use.eager,
        disposition=use.disposition,
        reason=use.reason,
    )
    further = naming.slug(use.binding).endswith(naming.slug(finding.binding))
    binding = use.binding if use.binding and further else finding.binding
    return Candidate(finding=finding, reference=at, secret=use.secret, connection=use.connection, binding=binding)


def _reference(finding: Finding, entry: Entry) -> Reference:
    """Return the place of a finding, of which its use is still to be told."""
    return Reference(
        path=finding.path,
        blob_id=entry.blob_id,
        span=finding.span,
        line=finding.region.start_line,
        value=finding.value,
        strategy="",
        eager=True,
        disposition=Disposition.SAFE,
        reason="",
        fingerprint=finding.fingerprint,
        parts=finding.parts,
    )


def _of_configuration(finding: Finding, reference: Reference, use: Use) -> Candidate:
    # What starts with a configuration keeps it until it is started again: eager.
    at = replace(reference, strategy=use.strategy, eager=True, disposition=use.disposition, reason=use.reason)
    binding = finding.binding if finding.binding and not use.whole else use.binding or finding.binding
    return Candidate(finding=finding, reference=at, secret=use.secret, connection=use.connection, binding=binding)
