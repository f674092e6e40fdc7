"""Plans a fix: findings of one commit and its files in, secrets, edits and open steps out. Pure.

Equal values are one secret with many references; the parts of one login are one JSON secret; a place that no rewrite
fits is a step for a person, with its reason.
"""

from __future__ import annotations

import re
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from remediation import configuration, copies, naming, programs, python_copies, text_copies
from remediation import connection as logins
from remediation.alternating import with_two_users
from remediation.draft import draft
from remediation.errors import NotRewritable, NotRewritableFile, Refused
from remediation.mentions import Spellings, worth_searching
from remediation.model import (
    USUAL,
    Connection,
    Disposition,
    Entry,
    Mention,
    Patch,
    Plan,
    Reference,
    SecretPlan,
    Snapshot,
    Step,
    Taste,
)
from remediation.placement import is_test, not_ours
from remediation.record import recorded_names
from remediation.rewriters import notebook
from remediation.rewriters.configuration.model import Use
from remediation.rewriters.literals import Site, locate
from remediation.rewriters.python import spelled_differently
from remediation.rewriters.python_defaults import factory_of
from remediation.rewriters.python_idioms import Use as CodeUse
from remediation.rewriters.python_idioms import judge
from remediation.rewriters.python_lazy import constant_of
from remediation.rewriters.source import PythonSource
from remediation.text_copies import TextCopy
from scanner.model import Finding, Span
from strongroom.kernel.secretvalue import SecretValue

_OF_ENGINES = (
    "an engine keeps the password that it was made with: restart the process after each rotation, "
    "or set the password in SQLAlchemy's do_connect event"
)
_DEFAULT_FACTORY = "default-factory"
_SETTINGS = re.compile(r"(^|/)(settings|config|conf)(/|[^/]*\.py$)")
"""Frameworks copy what these hold when they start."""
_MODULE_WORDS = b"from app_secrets import secret quote urllib.parse password safe encode"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A finding whose place can be rewritten."""

    finding: Finding
    reference: Reference
    secret: SecretValue
    connection: Connection | None
    binding: str


def plan_fix(
    findings: Iterable[Finding],
    snapshot: Snapshot,
    taste: Taste = USUAL,
    *,
    present: Mapping[str, str] | None = None,
    superuser: str | None = None,
) -> Plan:
    """Return what a fix of `findings`, which were made on `snapshot`, would do, written to `taste`.

    `present` gives the names under which a store has values already, by those that they would be given. `superuser`
    names the secret of who can make users, so that two may take turns. Suppressed findings are left alone. Raises
    `Refused` where a finding belongs to another version of its file, or where two secrets would be overridden by one
    environment variable.
    """
    due = _due(findings, snapshot)
    refusals: dict[str, str] = {}
    while True:
        candidates, open_steps = _sorted_out(due, snapshot, refusals, lazy=taste.lazy)
        planned = _named(_clusters(candidates), snapshot, present or {})
        planned = with_two_users(planned, snapshot, superuser) if superuser is not None else planned
        naming.refuse_collisions((secret.name, secret.fields()) for secret in planned)
        texts = _texts(planned, snapshot, refusals)
        try:
            patch = draft(planned, snapshot, texts, taste)
        except NotRewritableFile as refusal:
            refusals[refusal.path] = refusal.reason
            continue
        plan = _assembled(snapshot, planned, due, _still_open(open_steps, due, texts), patch, texts)
        return replace(plan, taste=taste)


def _texts(planned: Sequence[SecretPlan], snapshot: Snapshot, refusals: Mapping[str, str]) -> tuple[TextCopy, ...]:
    taken: dict[str, list[Span]] = defaultdict(list)
    for one in (each for secret in planned for each in secret.references):
        taken[one.path].append(one.span)
    return tuple(each for each in text_copies.find(planned, snapshot, taken) if each.path not in refusals)


def _still_open(steps: Mapping[str, Step], due: Sequence[Finding], texts: Sequence[TextCopy]) -> dict[str, Step]:
    """Return the steps for a person but those whose place is a text that names the secret now."""
    done = {
        each.fingerprint
        for each in due
        if any(text.path == each.path and text.span.overlaps(each.span) for text in texts)
    }
    return {fingerprint: step for fingerprint, step in steps.items() if fingerprint not in done}


def _due(findings: Iterable[Finding], snapshot: Snapshot) -> list[Finding]:
    places: dict[tuple[str, int, int], Finding] = {}
    for finding in findings:
        entry = snapshot.entries.get(finding.path)
        if finding.suppressed_by is not None or not finding.in_head or entry is None:
            continue
        if finding.blob_id is not None and finding.blob_id != entry.blob_id:
            raise Refused(f"{finding.path} is not the version that was scanned", hint="scan again, then fix")
        places.setdefault((finding.path, finding.span.start, finding.span.end), finding)
    return [places[key] for key in sorted(places)]


def _sorted_out(
    findings: Sequence[Finding], snapshot: Snapshot, refusals: Mapping[str, str], *, lazy: bool
) -> tuple[list[_Candidate], dict[str, Step]]:
    tree = {path: entry.data for path, entry in snapshot.entries.items()}
    candidates: list[_Candidate] = []
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
    candidates: Sequence[_Candidate],
    findings: Sequence[Finding],
    tree: Mapping[str, bytes],
    blobs: Mapping[str, str],
    refusals: Mapping[str, str],
    *,
    lazy: bool,
) -> list[_Candidate]:
    """Return what code and configuration hold of the candidates' values beyond the findings."""
    ours = {path: data for path, data in tree.items() if path not in refusals}
    known: dict[str, list[Span]] = defaultdict(list)
    for finding in findings:
        known[finding.path].append(finding.span)
    values = [each.secret for each in candidates]
    found: list[_Candidate] = []
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
        at = replace(candidates[number].reference, path=path, span=span, line=line, value=spelling, parts=())
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


def _in_configuration(finding: Finding, entry: Entry, tree: Mapping[str, bytes]) -> _Candidate:
    use = configuration.judge(finding.path, tree, finding.span, finding.value)
    return _of_configuration(finding, _reference(finding, entry), use)


def _in_program(finding: Finding, entry: Entry, tree: Mapping[str, bytes]) -> _Candidate:
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
    return _Candidate(finding=finding, reference=at, secret=use.secret, connection=use.connection, binding=binding)


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


def _of_configuration(finding: Finding, reference: Reference, use: Use) -> _Candidate:
    # What starts with a configuration keeps it until it is started again: eager.
    at = replace(reference, strategy=use.strategy, eager=True, disposition=use.disposition, reason=use.reason)
    binding = finding.binding if finding.binding and not use.whole else use.binding or finding.binding
    return _Candidate(finding=finding, reference=at, secret=use.secret, connection=use.connection, binding=binding)


def _in_python(finding: Finding, entry: Entry, tree: Mapping[str, bytes], *, lazy: bool) -> _Candidate:
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


def _in_notebook(finding: Finding, entry: Entry, tree: Mapping[str, bytes]) -> _Candidate:
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
) -> _Candidate:
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
    if spelled_differently(site):
        disposition = Disposition.REVIEW
        reason = "the URL's password is written in another percent-encoding; equal once decoded"
    return _Candidate(
        finding=finding,
        reference=replace(at, strategy=strategy, eager=eager, disposition=disposition, reason=reason, value=site.value),
        secret=secret,
        connection=logins.read(source, site),
        binding=finding.binding,
    )


def _clusters(candidates: Sequence[_Candidate]) -> list[tuple[list[_Candidate], Connection | None]]:
    """Return the candidates of each secret: equal values, but not those of logins that differ."""
    key = secrets.token_bytes(32)
    by_value: dict[str, list[_Candidate]] = {}
    for candidate in candidates:
        by_value.setdefault(candidate.secret.digest(key), []).append(candidate)
    return [cluster for group in by_value.values() for cluster in _logins_of(group)]


def _logins_of(group: Sequence[_Candidate]) -> list[tuple[list[_Candidate], Connection | None]]:
    clusters: list[tuple[list[_Candidate], Connection | None]] = []
    plain = [candidate for candidate in group if candidate.connection is None]
    for candidate in (each for each in group if each.connection is not None):
        for index, (members, login) in enumerate(clusters):
            if candidate.connection and login and login.same_login(candidate.connection):
                clusters[index] = ([*members, candidate], login.completed_by(candidate.connection))
                break
        else:
            clusters.append(([candidate], candidate.connection))
    if plain and len(clusters) == 1:
        return [([*clusters[0][0], *plain], clusters[0][1])]
    return [*clusters, (plain, None)] if plain else clusters


def _named(
    clusters: Sequence[tuple[list[_Candidate], Connection | None]], snapshot: Snapshot, present: Mapping[str, str]
) -> list[SecretPlan]:
    book = naming.NameBook(snapshot.app, recorded_names(snapshot.entries))
    planned: list[SecretPlan] = []
    for members, login in sorted(clusters, key=lambda cluster: _order(cluster[0][0])):
        first = members[0]
        wanted = naming.connection_role(login) if login else naming.role(first.binding, first.finding.path)
        name = book.name(wanted, first.finding.path, first.secret)
        rotation = _rotation(members, login)
        references = tuple(_with_rotation(each.reference, rotation) for each in sorted(members, key=_order))
        planned.append(
            SecretPlan(
                name=present.get(name, name),
                value=first.secret,
                references=references,
                connection=login,
                rotation=rotation,
            )
        )
    return planned


def _order(candidate: _Candidate) -> tuple[str, int]:
    return candidate.reference.path, candidate.reference.span.start


def _rotation(members: Sequence[_Candidate], login: Connection | None) -> str | None:
    if login is not None:
        return logins.rotation_of(login)
    suggested = [each.finding.rotator for each in members if each.finding.rotator is not None]
    strategies: Mapping[str, str] = logins.table()["strategies"]
    return next((strategies[name] for name in suggested if name in strategies), None)


def _with_rotation(reference: Reference, rotation: str | None) -> Reference:
    if rotation is None or reference.reason:
        return reference
    if reference.strategy == "engine-url":
        return replace(reference, disposition=Disposition.REVIEW, reason=_OF_ENGINES)
    if not reference.eager:
        return reference
    when = "the module is imported" if reference.path.endswith(".py") else "the program starts"
    reason = f"read when {when}: a process must be restarted after each rotation"
    return replace(reference, disposition=Disposition.REVIEW, reason=reason)


def _assembled(
    snapshot: Snapshot,
    planned: Sequence[SecretPlan],
    due: Sequence[Finding],
    open_steps: Mapping[str, Step],
    patch: Patch,
    texts: Sequence[TextCopy],
) -> Plan:
    left = tuple(finding for finding in due if finding.fingerprint in open_steps)
    mentions = tuple(_mentions(planned, left, snapshot, {edit.path for edit in patch.edits}, texts))
    steps = (
        *(_reference_step(secret, each) for secret in planned for each in secret.references),
        *(text.step() for text in texts),
        *open_steps.values(),
        *map(_mention_step, mentions),
        *patch.steps,
    )
    return Plan(app=snapshot.app, secrets=tuple(planned), left=left, mentions=mentions, patch=patch, steps=steps)


def _reference_step(secret: SecretPlan, reference: Reference) -> Step:
    return Step(
        path=reference.path,
        line=reference.line,
        disposition=reference.disposition,
        action=reference.strategy,
        reason=reference.reason,
        secret=secret.name,
        fingerprint=reference.fingerprint,
    )


def _mention_step(mention: Mention) -> Step:
    return Step(
        path=mention.path,
        line=mention.line,
        disposition=Disposition.MANUAL,
        action="take out this copy of the value",
        reason=f"it stands here too ({mention.form}), where no code reads it as a credential",
        secret=mention.secret,
    )


def _mentions(
    planned: Sequence[SecretPlan],
    left: Sequence[Finding],
    snapshot: Snapshot,
    changed: set[str],
    texts: Sequence[TextCopy],
) -> Iterable[Mention]:
    # A value may be part of another one that is planned: what is rewritten for that holds no copy of this.
    spans: dict[str, list[Span]] = defaultdict(list)
    for path, span in (
        *((one.path, one.span) for secret in planned for one in secret.references),
        *((one.path, one.span) for one in left),
        *((one.path, one.span) for one in texts),
    ):
        spans[path].append(span)
    everywhere = [worth_searching(secret.value) for secret in planned]
    spellings = Spellings([secret.value for secret in planned])
    found = [
        (number, path, at, form)
        for path, entry in snapshot.entries.items()
        for number, form, at in spellings.within(entry.data)
        if (everywhere[number] or path in changed)
        and not any(one.start < at + len(planned[number].value) and at < one.end for one in spans[path])
    ]
    for number, path, at, form in sorted(found):
        line = snapshot.entries[path].data.count(b"\n", 0, at) + 1
        yield Mention(path=path, line=line, secret=planned[number].name, form=form)
