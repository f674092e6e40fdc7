"""Plans a fix: findings of one commit and its files in, secrets, edits and open steps out. Pure.

Equal values are one secret with many references; the parts of one login are one JSON secret; a place that no rewrite
fits is a step for a person, with its reason.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from remediation import connection as logins
from remediation import following, naming, session_keys, text_copies
from remediation.alternating import with_two_users
from remediation.candidate import Candidate
from remediation.candidates import sorted_out
from remediation.draft import draft
from remediation.errors import NotRewritableFile, Refused
from remediation.manifests import declared
from remediation.mentions import Spellings, worth_searching
from remediation.model import (
    USUAL,
    Connection,
    Disposition,
    Elsewhere,
    Mention,
    Patch,
    Plan,
    Reference,
    SecretPlan,
    Snapshot,
    Step,
    Taste,
)
from remediation.record import recorded_names
from remediation.rewriters import python_engines
from remediation.text_copies import TextCopy
from scanner.model import Finding, Span


def plan_fix(
    findings: Iterable[Finding],
    snapshot: Snapshot,
    taste: Taste = USUAL,
    *,
    present: Mapping[str, str] | None = None,
    superuser: str | None = None,
    refused: Mapping[str, str] | None = None,
) -> Plan:
    """Return what a fix of `findings`, which were made on `snapshot`, would do, written to `taste`.

    `present` gives the names under which a store has values already, by those that they would be given. `superuser`
    names the secret of who can make users, so that two may take turns. `refused` are
    files that are left to a person, with the reason. Suppressed findings are left alone. Raises
    `Refused` where a finding belongs to another version of its file, or where two secrets would be overridden by one
    environment variable.
    """
    due = _due(findings, snapshot)
    refusals = dict(refused or {})
    while True:
        candidates, open_steps = sorted_out(due, snapshot, refusals, lazy=taste.lazy)
        planned = _named(_clusters(candidates), snapshot, present or {}, refusals)
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


def _clusters(candidates: Sequence[Candidate]) -> list[tuple[list[Candidate], Connection | None]]:
    """Return the candidates of each secret: equal values, but not those of logins that differ."""
    key = secrets.token_bytes(32)
    by_value: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_value.setdefault(candidate.secret.digest(key), []).append(candidate)
    return [cluster for group in by_value.values() for cluster in _logins_of(group)]


def _logins_of(group: Sequence[Candidate]) -> list[tuple[list[Candidate], Connection | None]]:
    clusters: list[tuple[list[Candidate], Connection | None]] = []
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
    clusters: Sequence[tuple[list[Candidate], Connection | None]],
    snapshot: Snapshot,
    present: Mapping[str, str],
    refused: Iterable[str],
) -> list[SecretPlan]:
    book = naming.NameBook(snapshot.app, recorded_names(snapshot.entries))
    tree = {path: entry.data for path, entry in snapshot.entries.items()}
    manifests, makers = declared.manifests(tree), following.makers(tree, frozenset(refused))
    planned: list[SecretPlan] = []
    for members, login in sorted(clusters, key=lambda cluster: _order(cluster[0][0])):
        first = members[0]
        wanted = naming.connection_role(login) if login else naming.role(first.binding, first.finding.path)
        name = book.name(wanted, first.finding.path, first.secret)
        places = [each.reference for each in sorted(members, key=_order)]
        rotation = _rotation(members, login)
        if login is None:
            places, rotation = session_keys.with_rotation(places, tree, manifests, rotation)
        elif rotation is not None:
            places = [following.with_engines(each, tree, makers) for each in places]
        references = tuple(_with_rotation(each, rotation) for each in places)
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


def _order(candidate: Candidate) -> tuple[str, int]:
    return candidate.reference.path, candidate.reference.span.start


def _rotation(members: Sequence[Candidate], login: Connection | None) -> str | None:
    if login is not None:
        return logins.rotation_of(login)
    suggested = [each.finding.rotator for each in members if each.finding.rotator is not None]
    strategies: Mapping[str, str] = logins.table()["strategies"]
    return next((strategies[name] for name in suggested if name in strategies), None)


def _with_rotation(reference: Reference, rotation: str | None) -> Reference:
    if rotation is None or reference.reason:
        return reference
    if (told := _told_of_engines(reference)) is not None:
        return replace(reference, disposition=Disposition.REVIEW, reason=told)
    if not reference.eager:
        return reference
    when = "the module is imported" if reference.path.endswith(".py") else "the program starts"
    reason = f"read when {when}: a process must be restarted after each rotation"
    return replace(reference, disposition=Disposition.REVIEW, reason=reason)


def _told_of_engines(reference: Reference) -> str | None:
    if reference.engines:
        return python_engines.ELSEWHERE
    return {"engine-url": python_engines.KEEPS, python_engines.STRATEGY: python_engines.FOLLOWS}.get(reference.strategy)


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
        *(_engine_step(secret, engine) for secret in planned for each in secret.references for engine in each.engines),
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


def _engine_step(secret: SecretPlan, engine: Elsewhere) -> Step:
    return Step(
        path=engine.path,
        line=engine.line,
        disposition=Disposition.REVIEW,
        action=python_engines.STRATEGY,
        reason=python_engines.FOLLOWS,
        secret=secret.name,
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
