"""Sorts the findings of a fix: those whose places a rewriter takes, and steps for a person with their reasons. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from remediation import configuration, copies, naming, programs, python_copies
from remediation import connection as logins
from remediation.errors import NotRewritable
from remediation.model import Connection, Disposition, Entry, Reference, Snapshot, Step
from remediation.placement import is_read_to_install, is_test, not_ours
from remediation.rewriters import notebook
from remediation.rewriters.configuration.model import Use
from remediation.rewriters.literals import Site, locate
from remediation.rewriters.python import spelled_differently
from remediation.rewriters.python_defaults import factory_of
from remediation.rewriters.python_idioms import Use as CodeUse
from remediation.rewriters.python_idioms import judge
from remediation.rewriters.python_lazy import constant_of
from remediation.rewriters.source import PythonSource
from scanner.model import Finding, Span
from strongroom.kernel.secretvalue import SecretValue

_DEFAULT_FACTORY = "default-factory"
_SETTINGS = re.compile(r"(^|/)(settings|config|conf)(/|[^/]*\.py$)")
"""Frameworks copy what these hold when they start."""
_INSTALLED = (
    "setup.py imports it: whatever installs the project needs boto3 and the store, or the variable in its place"
)
_MODULE_WORDS = b"from app_secrets import secret quote urllib.parse password safe encode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A finding whose place can be rewritten."""

    finding: Finding
    reference: Reference
    secret: SecretValue
    connection: Connection | None
    binding: str


def sorted_out(
    findings: Sequence[Finding], snapshot: Snapshot, refusals: Mapping[str, str], *, lazy: bool
) -> tuple[list[Candidate], dict[str, Step]]:
    """Return what can be rewritten, beyond the findings too, and a step for a person, by fingerprint, for all else.

    `refusals` are files whose edits did not fit together, with the reason; `lazy` lets constants be fetched late.
    """
    tree = {path: entry.data for path, entry in snapshot.entries.items()}
    candidates: list[Candidate] = []
    left: dict[str, Step] = {}
    for finding in findings:
        try:
            _refuse(finding, snapshot.entries[finding.path], refusals)
            if finding.path.endswith(".ipynb"):
                candidates.append(_in_notebook(finding, snapshot.entries[finding.path], tree))
            elif finding.path.endswith(".py"):
                candidates.append(_in_python(finding, snapshot.entries[finding.path], tree, lazy=lazy))
            elif programs.language_of(finding.path) is not None:
                candidates.append(_in_program(finding, snapshot.entries[finding.path], tree))
            else:
                candidates.append(_in_configuration(finding, snapshot.entries[finding.path], tree))
        except NotRewritable as refusal:
            left[finding.fingerprint] = _left_step(finding, snapshot.entries[finding.path].data, refusal.reason)
    blobs = {path: entry.blob_id for path, entry in snapshot.entries.items()}
    return [*candidates, *_further(candidates, findings, tree, blobs, refusals, lazy=lazy)], left


def _further(
    candidates: Sequence[Candidate],
    findings: Sequence[Finding],
    tree: Mapping[str, bytes],
    blobs: Mapping[str, str],
    refusals: Mapping[str, str],
    *,
    lazy: bool,
) -> list[Candidate]:
    """Return what code and configuration hold of the candidates' values beyond the findings."""
    ours = {path: data for path, data in tree.items() if path not in refusals}
    known: dict[str, list[Span]] = defaultdict(list)
    for finding in findings:
        known[finding.path].append(finding.span)
    values = [each.secret for each in candidates]
    found: list[Candidate] = []
    for number, path, span, site, code_use in python_copies.further(values, python_copies.rewritable(ours), known):
        known[path].append(span)
        line = tree[path].count(b"\n", 0, span.start) + 1
        at = replace(candidates[number].reference, path=path, span=span, line=line, blob_id=blobs[path], parts=())
        found.append(
            _of_python(candidates[number].finding, at, PythonSource.parse(tree[path]), site, code_use, tree, lazy=lazy)
        )
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


def _in_python(finding: Finding, entry: Entry, tree: Mapping[str, bytes], *, lazy: bool) -> Candidate:
    source = PythonSource.parse(entry.data)
    site = locate(source, finding.span, finding.value)
    return _of_python(finding, _reference(finding, entry), source, site, judge(source, site), tree, lazy=lazy)


def _becomes_function(source: PythonSource, site: Site, tree: Mapping[str, bytes]) -> bool:
    """Tell whether a default becomes a function: not where code reads it as an attribute of its class."""
    factory = factory_of(source, site)
    if factory is None:
        return False
    read = factory.attribute.encode()
    return not read or not any(read in data for path, data in tree.items() if path.endswith(".py"))


def _in_notebook(finding: Finding, entry: Entry, tree: Mapping[str, bytes]) -> Candidate:
    code, span = notebook.code_at(entry.data, finding.span, finding.value)
    source = PythonSource.parse(code)
    site = locate(source, span, finding.value)
    return _of_python(finding, _reference(finding, entry), source, site, judge(source, site), tree, lazy=False)


def _late(source: PythonSource, site: Site, path: str, tree: Mapping[str, bytes], *, lazy: bool) -> str:
    """Return the strategy by which a value is fetched later than its literal was evaluated; empty where it is not."""
    if _becomes_function(source, site, tree):
        return _DEFAULT_FACTORY
    name = constant_of(source, site) if lazy and not _SETTINGS.search(path) else None
    if name is None:
        return ""
    word = re.compile(rb"\b%s\b|\bimport \*" % name.encode())
    others = (data for other, data in tree.items() if other != path and other.endswith((".py", ".pyi")))
    return "" if any(word.search(data) for data in others) else "lazy-constant"


def _of_python(
    finding: Finding,
    at: Reference,
    source: PythonSource,
    site: Site,
    use: CodeUse,
    readers: Mapping[str, bytes],
    *,
    lazy: bool,
) -> Candidate:
    secret = site.raw_value()
    if secret.reveal() in _MODULE_WORDS:
        raise NotRewritable("the value is a word that the fetching code itself contains")
    strategy = _late(source, site, at.path, readers, lazy=lazy)
    strategy, eager = (strategy, False) if strategy else (use.strategy, use.eager)
    disposition, reason = use.disposition, use.reason
    if not reason and is_test(at.path):
        disposition, reason = (
            Disposition.REVIEW,
            "a test reads it now; where any value will do, make one up",
        )
    if eager and is_read_to_install(at.path, readers):
        disposition, reason = Disposition.REVIEW, _INSTALLED
    if spelled_differently(site):
        disposition = Disposition.REVIEW
        reason = "the URL's password is written in another percent-encoding; equal once decoded"
    return Candidate(
        finding=finding,
        reference=replace(at, strategy=strategy, eager=eager, disposition=disposition, reason=reason, value=site.value),
        secret=secret,
        connection=logins.read(source, site),
        binding=finding.binding,
    )
