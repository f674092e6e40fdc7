"""The types that flow through a scan: blob, span, candidate, finding. All frozen; a value is always a SecretValue."""

from __future__ import annotations

from enum import StrEnum

from scanner.items import Blob, ScanError, Skipped
from strongroom.kernel.record import Record
from strongroom.kernel.secretvalue import SecretValue

__all__ = [
    "Allowance",
    "Allowances",
    "Blob",
    "Candidate",
    "Commit",
    "Confidence",
    "Covered",
    "Dropped",
    "Evidence",
    "EvidenceKind",
    "Finding",
    "FlowStep",
    "Region",
    "Remediation",
    "ScanError",
    "ScanResult",
    "ScanStats",
    "Severity",
    "Skipped",
    "Span",
    "Surroundings",
    "SuppressedBy",
    "Verified",
]


class Severity(StrEnum):
    """What a thief could do with the credential."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Confidence(StrEnum):
    """How sure we are that it is a credential."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Return 0 for low, 1 for medium, 2 for high."""
        return ("low", "medium", "high").index(self.value)


class SuppressedBy(StrEnum):
    """What accepted a finding beforehand."""

    BASELINE = "baseline"
    INLINE = "inline"
    CONFIG = "config"


class Verified(StrEnum):
    """Whether a credential is live, as far as its provider was asked."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


class EvidenceKind(StrEnum):
    """Why a candidate is believed to be a credential."""

    PATTERN = "pattern"
    KEYWORD = "keyword"
    ENTROPY = "entropy"
    SINK = "sink"
    PLUGIN = "plugin"
    DECODED = "decoded"
    BASELINE = "baseline"
    CHECK = "check"
    PAIR = "pair"
    CLASSIFIER = "classifier"
    VERIFICATION = "verification"


class Commit(Record):
    """The commit that introduced a finding; `date` is ISO 8601."""

    sha: str
    author: str
    email: str
    date: str
    summary: str


class Span(Record):
    """A half-open range of byte offsets in a blob."""

    start: int
    end: int

    def __lt__(self, other: Span) -> bool:
        """Order by the start, then by the end."""
        return (self.start, self.end) < (other.start, other.end)

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two ranges share a byte."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Tell whether `other` lies wholly within this range."""
        return self.start <= other.start and other.end <= self.end


class Region(Record):
    """Where a span lies for people: lines and columns from 1, columns in Unicode characters, the end exclusive."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int


class FlowStep(Record):
    """One step on the way of a literal to its use."""

    path: str
    line: int
    column: int
    message: str


class Evidence(Record):
    """One reason, and for analysed code the flow from literal to use."""

    kind: EvidenceKind
    detail: str
    flow: tuple[FlowStep, ...] = ()


Surroundings = tuple[tuple[str, tuple[SecretValue, ...]], ...]
"""What stands near a value and is needed to ask whether it is live: names, each with the nearest first."""


class Candidate(Record):
    """A span that a detector believes in, before the filters have spoken."""

    rule_id: str
    span: Span
    value: SecretValue
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    binding: str = ""
    """The name the value is bound to: a variable, key path or parameter; empty where there is none."""
    strategy: str = ""
    """The kind of place in parsed code (`module-constant`, `keyword-argument`, ...); empty in text."""
    rotator: str | None = None
    """Name of the rotation strategy that the value's use suggests; else the rule's own counts."""
    surroundings: Surroundings = ()
    """What stands near it in the text that was encoded, where it stands encoded and is to be verified."""
    codecs: tuple[str, ...] = ()
    """What the value is encoded in where it stands, the outermost first; empty where it stands as it is."""
    parts: tuple[Span, ...] = ()
    """Where the rest of the value stands in the same file, in order, if several literals make it up."""


class Remediation(Record):
    """Whether `fix` can rewrite this place, how, and why not."""

    fixable: bool
    strategy: str
    reason: str


class Excerpt(Record):
    """What stands before and after a value on its lines, with every other value masked; for people to read."""

    before: str
    after: str


class Finding(Record):
    """One credential at one place."""

    fingerprint: str
    secret_id: str
    rule_id: str
    rule_name: str
    severity: Severity
    confidence: Confidence
    path: str
    region: Region
    span: Span
    value: SecretValue
    """The value as its program sees it: escapes resolved, percent-encoding of a URL kept."""
    preview: str
    binding: str
    evidence: tuple[Evidence, ...]
    remediation: Remediation
    blob_id: str | None = None
    commit: Commit | None = None
    last_commit: Commit | None = None
    """Where `commit` is the first commit that brought the value in, the last one."""
    occurrences: int = 1
    """How many versions of the file hold the value, as far as a history was read."""
    removed: Commit | None = None
    """The commit that took the value out, where a history was read and HEAD is without it."""
    in_head: bool = True
    suppressed_by: SuppressedBy | None = None
    verified: Verified | None = None
    surroundings: Surroundings = ()
    """What its rule's verifier asks for near it; looked for only where findings are to be verified."""
    rotator: str | None = None
    """Name of the rotation strategy the rule suggests (`generated`, `postgresql`), if any."""
    excerpt: Excerpt | None = None
    parts: tuple[Span, ...] = ()
    """Where the rest of the value stands in the file, in order, if several literals make it up."""


class Dropped(Record):
    """A candidate that a filter turned down, and why (shown by `--explain`)."""

    rule_id: str
    path: str
    region: Region
    filter: str
    reason: str


class Allowance(Record):
    """A marker in a text that accepts a finding, and what is to be said of it."""

    tool: str
    path: str
    line: int
    rule: str
    """The rule that ours names; empty for other tools."""
    reason: str
    message: str
    expires: str = ""
    """The last day on which ours accepts something, ISO 8601; empty where none is named."""


class Allowances(Record):
    """Markers that accept something; and those to look at again: under which nothing stands, whose time is over, which
    cannot be read.
    """

    used: tuple[Allowance, ...] = ()
    unused: tuple[Allowance, ...] = ()
    expired: tuple[Allowance, ...] = ()
    malformed: tuple[Allowance, ...] = ()


class Covered(Record):
    """So many files of so many bytes, and how many of them were skipped, by reason."""

    files: int = 0
    bytes: int = 0
    skipped: dict[str, int]


class ScanStats(Record):
    """What a scan covered and how long it took."""

    known: Covered = Covered(skipped={})
    """What of a history earlier scans found to hold nothing, so that it was not read again."""
    files: int = 0
    bytes: int = 0
    commits: int = 0
    """Of a history: how many of its commits were walked."""
    seconds: float = 0.0
    suppressed: int = 0
    skipped: dict[str, int]
    """Number of files not scanned, by reason (binary, too large, ...)."""
    allowances: Allowances = Allowances()
    stale: int | None = None
    """Number of the baseline's entries that nothing stands behind; None where that was not to be told."""


class ScanResult(Record):
    """Everything a report is made from."""

    findings: tuple[Finding, ...]
    dropped: tuple[Dropped, ...] = ()
    errors: tuple[ScanError, ...] = ()
    stats: ScanStats = ScanStats(skipped={})

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """Return the findings that nothing suppresses: those that set the exit status."""
        return tuple(found for found in self.findings if found.suppressed_by is None)
