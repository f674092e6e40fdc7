"""What a comment on a request says of a finding. Pure; no value is in it."""

from __future__ import annotations

from remediation.git.comments import Comment
from remediation.markdown import plain
from remediation.mentions import forms, worth_searching
from remediation.templating import render
from scanner.model import Finding

_MASK = "••••••••"
_MOST_REASONS = 4


def comment_on(finding: Finding, line: int, request: int) -> Comment:
    """Return the comment for a finding that stands on `line` of the request's own version of its file."""
    text = render(
        "finding_comment.md.j2",
        rule=plain(finding.rule_name),
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        evidence=[plain(_masked(finding, each.detail)) for each in finding.evidence[:_MOST_REASONS] if each.detail],
        fixable=finding.remediation.fixable,
        reason=plain(_masked(finding, finding.remediation.reason)),
        request=request,
    )
    return Comment(fingerprint=finding.fingerprint, path=finding.path, line=line, text=text)


def _masked(finding: Finding, text: str) -> str:
    if not worth_searching(finding.value):
        return text
    spellings = {spelling for each in forms(finding.value).values() for spelling in each}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling.decode("utf-8", "surrogateescape"), _MASK)
    return text
