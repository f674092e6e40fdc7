"""The tables of an audit's database, the same on SQLite and PostgreSQL; every column says what it holds.

No value is in any of them: findings carry previews, and values are known by digests under a key that lies elsewhere.
Times are ISO 8601 in UTC, but for leases, which are seconds since 1970.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = "1"
"""Of the tables: a database of another version is refused."""

metadata = MetaData()

meta = Table(
    "audit_meta",
    metadata,
    Column("name", Text, primary_key=True, comment="version of the tables; check of the key"),
    Column("value", Text, nullable=False, comment="the fact"),
)

audits = Table(
    "audits",
    metadata,
    Column("number", Integer, primary_key=True, comment="1 for the first audit, and so on"),
    Column("identity", Text, nullable=False, unique=True, comment="what tells it from audits of other databases"),
    Column("started", Text, nullable=False, comment="when it began"),
    Column("finished", Text, comment="when the last repository was done"),
    Column("options", Text, nullable=False, comment="JSON: how repositories are looked at"),
    Column("tool", Text, nullable=False, comment="version of the program"),
    Column("rules", Text, nullable=False, comment="JSON: how many rules, and a digest of them"),
    Column("vault", Text, comment="JSON: the store that was asked for values it holds, and of how many secrets"),
)

repositories = Table(
    "repositories",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True, comment="what reports call it"),
    Column("location", Text, nullable=False, unique=True, comment="a path, or a URL without user information"),
)

looks = Table(
    "looks",
    metadata,
    Column("audit", ForeignKey("audits.number", ondelete="CASCADE"), nullable=False),
    Column("repository", ForeignKey("repositories.number"), nullable=False),
    Column("state", Text, nullable=False, comment="waiting, done or failed"),
    Column("finished", Text, comment="when it was done"),
    Column("error", Text, comment="why it failed"),
    Column("previous", Integer, comment="the audit that looked at this repository last before this one"),
    Column("gone", Integer, comment="findings of the previous look of which nothing is left, not even in the history"),
    Column("head", Text, comment="the commit of HEAD"),
    Column("coverage", Text, comment="JSON: commits, files, bytes, seconds, skipped"),
    Column("errors", Text, comment="JSON: what could not be read"),
    Column("suppressions", Text, comment="JSON: what markers and baseline of the repository accept"),
    PrimaryKeyConstraint("audit", "repository"),
)
Index("looks_by_repository", looks.c.repository, looks.c.audit)

tasks = Table(
    "tasks",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("audit", ForeignKey("audits.number", ondelete="CASCADE"), nullable=False),
    Column("repository", ForeignKey("repositories.number"), nullable=False),
    Column("part", Text, nullable=False, comment="what of the repository: whole, tree, history 1/4"),
    Column("holder", Text, comment="who works on it"),
    Column("lease", Float, comment="until when nobody else may"),
    Column("wanted", Text, comment="JSON: digests of values that a vault holds, under a key that is not here"),
    Column("deaths", Integer, nullable=False, comment="how many workers died while they did it"),
    Column("outcome", LargeBinary, comment="compressed JSON, until all parts of the repository are done"),
    UniqueConstraint("audit", "repository", "part"),
)
Index("tasks_by_audit", tasks.c.audit, tasks.c.number)

findings = Table(
    "findings",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("repository", ForeignKey("repositories.number"), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("secret_id", Text, nullable=False, comment="digest of the value under the audit's key"),
    Column("path", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("rank", Integer, nullable=False, comment="order in reports: the gravest and surest first"),
    Column("first_seen", Integer, nullable=False, comment="audit"),
    Column("last_seen", Integer, nullable=False, comment="audit"),
    Column("record", LargeBinary, nullable=False, comment="compressed JSON of the finding as it was seen last"),
    Column("held", Text, comment="JSON: the secret of a vault that holds the value"),
)
Index("findings_by_repository", findings.c.repository)
Index("findings_by_value", findings.c.secret_id)
Index("findings_by_rank", findings.c.rank, findings.c.path, findings.c.line)

sightings = Table(
    "sightings",
    metadata,
    Column("audit", ForeignKey("audits.number", ondelete="CASCADE"), nullable=False),
    Column("finding", ForeignKey("findings.number"), nullable=False),
    Column("repository", Integer, nullable=False),
    Column("in_head", Boolean, nullable=False),
    Column("state", Text, nullable=False, comment="open, fixed, rotated, accepted or false_positive"),
    Column("change", Text, comment="new, moved, fixed, reopened or unchanged; none at the first look"),
    Column("moved_from", Text, comment="the path where it stood before"),
    PrimaryKeyConstraint("audit", "finding"),
)
Index("sightings_by_repository", sightings.c.audit, sightings.c.repository)
