"""What every report for people says of a scan: counts, sizes, why something is a finding, and what to do next."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence

from scanner.model import EvidenceKind, Finding, ScanResult, Severity, Verified
from scanner.reports.covered import covered
from strongroom.kernel.inert import inert


def count(shown: Sequence[Finding]) -> str:
    """Return how many credentials `shown` are, of which severity, and how many are known to be live."""
    if not shown:
        return "no credentials found"
    split = ", ".join(f"{number} {level}" for level, number in severities(shown).items() if number)
    found = f"{len(shown)} credential{'s' if len(shown) > 1 else ''} found ({split})"
    live = sum(1 for finding in shown if is_active(finding))
    return f"{found}, {live} active" if live else found


def severities(shown: Sequence[Finding]) -> dict[Severity, int]:
    """Return the number of findings of each severity, the worst first."""
    levels = Counter(finding.severity for finding in shown)
    return {level: levels[level] for level in Severity}


def worst_first(shown: Sequence[Finding]) -> list[Finding]:
    """Return `shown` with what is live first, by severity, then confidence, in the order they stood otherwise."""
    order = list(Severity)
    return sorted(shown, key=lambda found: (not is_active(found), order.index(found.severity), -found.confidence.rank))


def is_active(finding: Finding) -> bool:
    """Tell whether its provider said that the credential is live."""
    return finding.verified is Verified.ACTIVE


def coverage(result: ScanResult) -> str:
    """Return what was read, what was suppressed and by what, what was skipped and why, and what was not read."""
    stats = result.stats
    suppressed = f"{stats.suppressed} suppressed ({counted(_suppressors(result))})" if stats.suppressed else ""
    skipped = {inert(reason): number for reason, number in stats.skipped.items()}
    line = covered(stats.files, stats.bytes, stats.seconds, suppressed, skipped, len(result.errors))
    return f"{line}; {_stale(stats.stale)}" if stats.stale else line


def counted(counts: Mapping[str, int]) -> str:
    """Return `counts` as text, sorted by name."""
    return ", ".join(f"{number} {inert(name)}" for name, number in sorted(counts.items()))


def why(finding: Finding) -> str:
    """Return why it is a finding, in one line."""
    reasons = [reason.detail for reason in finding.evidence if reason.kind is not EvidenceKind.VERIFICATION]
    return inert("; ".join(reasons))


def live(finding: Finding) -> str:
    """Return whether the credential is live, and who said so or why nobody did; empty where nobody was asked."""
    details = [reason.detail for reason in finding.evidence if reason.kind is EvidenceKind.VERIFICATION]
    return inert(details[-1]) if details else ""


def reaches(finding: Finding) -> str:
    """Return where the value is used, as far as analysis followed it; empty where it did not."""
    for reason in finding.evidence:
        if reason.kind is EvidenceKind.SINK and reason.flow:
            last = reason.flow[-1]
            return inert(f"{last.message} at {last.path}:{last.line}")
    return ""


def since(finding: Finding) -> str:
    """Return which commit brought the value in, and whether it is still there; empty where no history was read."""
    commit = finding.commit
    if commit is None:
        return ""
    gone = "" if finding.in_head else "; no longer in HEAD"
    return inert(f"{commit.date[:10]}, commit {commit.sha[:12]} by {commit.author}{gone}")


def fix_command(finding: Finding) -> str:
    """Return the one command that fixes the finding, fit for a shell; empty where a person has to."""
    if not finding.remediation.fixable:
        return ""
    if inert(finding.path) != finding.path:
        # A name that cannot be shown as it is cannot be typed as shown either.
        return "strongroom fix"
    path = f"./{finding.path}" if finding.path.startswith("-") else finding.path
    return f"strongroom fix {shlex.quote(path)}"


def next_step(shown: Sequence[Finding]) -> str:
    """Return the one thing to do next about `shown`."""
    if any(finding.remediation.fixable for finding in shown):
        return "strongroom fix --dry-run"
    if not any(finding.in_head for finding in shown):
        return "rotate what the history shows: strongroom rotate now NAME for what the vault holds"
    return "strongroom vault put NAME, then read the value from the environment (strongroom run -- CMD)"


def value_text(finding: Finding, *, show_secrets: bool) -> str:
    """Return the redacted preview, or with `show_secrets` the value as text."""
    return finding.value.reveal().decode("utf-8", "backslashreplace") if show_secrets else finding.preview


def ordinals(findings: Sequence[Finding]) -> list[int]:
    """Return for each finding which one of its fingerprint it is, from 1: a history may hold several values of one."""
    seen: Counter[str] = Counter()
    numbers: list[int] = []
    for finding in findings:
        seen[finding.fingerprint] += 1
        numbers.append(seen[finding.fingerprint])
    return numbers


def _stale(number: int) -> str:
    entries = "1 entry of the baseline is" if number == 1 else f"{number} entries of the baseline are"
    return f"{entries} stale (strongroom baseline update)"


def _suppressors(result: ScanResult) -> Counter[str]:
    return Counter(finding.suppressed_by.value for finding in result.findings if finding.suppressed_by is not None)
