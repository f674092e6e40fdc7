"""The tables, the same on SQLite, where they are STRICT, and on PostgreSQL; every column says what it holds.

Times are microseconds since 1970 in UTC. Search columns only find and order rows. What decides an answer stands in
documents under a MAC, and a repository compares the two when it reads.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits, which SQLite's INTEGER has."""
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Ordered by bytes, whatever the language of a database."""

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", _TEXT, primary_key=True, comment="which fact of the store"),
    Column("value", LargeBinary, nullable=False, comment="the fact as bytes"),
    sqlite_strict=True,
)

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", _TEXT, primary_key=True, comment="twelve digits"),
    Column("created", _NUMBER, nullable=False, comment="when it was made"),
    sqlite_strict=True,
)

regions = Table(
    "regions",
    metadata,
    Column(
        "account_id",
        _TEXT,
        ForeignKey("accounts.account_id", ondelete="CASCADE"),
        primary_key=True,
        comment="the account it is enabled for",
    ),
    Column("region", _TEXT, primary_key=True, comment="for instance us-east-1"),
    sqlite_strict=True,
)

keys = Table(
    "keys",
    metadata,
    Column("key_id", _TEXT, primary_key=True, comment="id of the KMS key"),
    Column("account_id", _TEXT, nullable=False, comment="search: its account"),
    Column("region", _TEXT, nullable=False, comment="search: its region"),
    Column("created", _NUMBER, nullable=False, comment="search: when it was made"),
    Column("purge_at", _NUMBER, comment="search: when it, or imported material of it, is to be deleted"),
    Column("rotation_due", _NUMBER, comment="search: when it next rotates by itself"),
    Column("state", _TEXT, nullable=False, comment="canonical JSON of the key: all that decides answers"),
    Column("mac", LargeBinary, nullable=False, comment="MAC of state under the barrier"),
    sqlite_strict=True,
)
Index("keys_by_region", keys.c.account_id, keys.c.region, keys.c.key_id)
Index("keys_by_purge", keys.c.purge_at)
Index("keys_by_rotation", keys.c.rotation_due)

key_materials = Table(
    "key_materials",
    metadata,
    Column("material_id", _TEXT, primary_key=True, comment="64 hex digits"),
    Column(
        "key_id",
        _TEXT,
        ForeignKey("keys.key_id", ondelete="CASCADE"),
        nullable=False,
        comment="the KMS key it belongs to, whose document lists it",
    ),
    Column("wrapped", LargeBinary, nullable=False, comment="the material sealed under the root key"),
    sqlite_strict=True,
)
Index("key_materials_by_key", key_materials.c.key_id)

key_aliases = Table(
    "key_aliases",
    metadata,
    Column("account_id", _TEXT, primary_key=True, comment="search: the account"),
    Column("region", _TEXT, primary_key=True, comment="search: the region"),
    Column("alias", _TEXT, primary_key=True, comment="search: the alias, which the key's document lists"),
    Column(
        "key_id",
        _TEXT,
        ForeignKey("keys.key_id", ondelete="CASCADE"),
        nullable=False,
        comment="search: the key it stands for",
    ),
    sqlite_strict=True,
)
Index("key_aliases_by_key", key_aliases.c.key_id)

key_grants = Table(
    "key_grants",
    metadata,
    Column("grant_id", _TEXT, primary_key=True, comment="64 hex digits"),
    Column(
        "key_id",
        _TEXT,
        ForeignKey("keys.key_id", ondelete="CASCADE"),
        nullable=False,
        comment="search: the key it is for",
    ),
    Column("account_id", _TEXT, nullable=False, comment="search: the account"),
    Column("region", _TEXT, nullable=False, comment="search: the region"),
    Column("retiring", _TEXT, nullable=False, comment="search: who may retire it, empty for nobody named"),
    Column("state", _TEXT, nullable=False, comment="canonical JSON of the grant"),
    Column("mac", LargeBinary, nullable=False, comment="MAC of state under the barrier"),
    sqlite_strict=True,
)
Index("key_grants_by_key", key_grants.c.key_id, key_grants.c.grant_id)
Index("key_grants_by_retiring", key_grants.c.account_id, key_grants.c.region, key_grants.c.retiring)

secrets = Table(
    "secrets",
    metadata,
    Column("arn", _TEXT, primary_key=True, comment="full ARN with its random suffix"),
    Column("account_id", _TEXT, nullable=False, comment="search: owner"),
    Column("region", _TEXT, nullable=False, comment="search: region"),
    Column("name", _TEXT, nullable=False, comment="search: name, unique while the secret exists"),
    Column("created", _NUMBER, nullable=False, comment="search: order by creation"),
    Column("changed", _NUMBER, nullable=False, comment="search: order by last change"),
    Column("accessed", _NUMBER, nullable=False, comment="search: order by day of last read, 0 for never"),
    Column("rotation_due", _NUMBER, comment="search: when the next scheduled rotation may start"),
    Column("purge_at", _NUMBER, comment="search: when the recovery window is over"),
    Column("state", _TEXT, nullable=False, comment="canonical JSON of the secret: all that decides answers"),
    Column("mac", LargeBinary, nullable=False, comment="MAC of state under the barrier"),
    UniqueConstraint("account_id", "region", "name"),
    sqlite_strict=True,
)
Index("secrets_by_creation", secrets.c.account_id, secrets.c.region, secrets.c.created, secrets.c.arn)
Index("secrets_by_rotation", secrets.c.rotation_due)
Index("secrets_by_purge", secrets.c.purge_at)

versions = Table(
    "versions",
    metadata,
    Column(
        "arn",
        _TEXT,
        ForeignKey("secrets.arn", ondelete="CASCADE"),
        primary_key=True,
        comment="the secret it belongs to",
    ),
    Column("version_id", _TEXT, primary_key=True, comment="the request token that made it"),
    Column("key_id", _TEXT, nullable=False, comment="KMS key that wrapped the data key first"),
    Column("wrapped_key", LargeBinary, nullable=False, comment="data key sealed under the KMS key"),
    Column("payload", LargeBinary, nullable=False, comment="value sealed under the data key"),
    Column("digest", LargeBinary, nullable=False, comment="keyed digest of the value at its place"),
    Column("created", _NUMBER, nullable=False, comment="when it was sealed"),
    sqlite_strict=True,
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("arn", _TEXT, primary_key=True, comment="the secret"),
    Column("version_id", _TEXT, primary_key=True, comment="its version"),
    Column("key_id", _TEXT, primary_key=True, comment="another KMS key that wraps the version's data key, too"),
    Column("wrapped_key", LargeBinary, nullable=False, comment="data key sealed under that KMS key"),
    ForeignKeyConstraint(["arn", "version_id"], ["versions.arn", "versions.version_id"], ondelete="CASCADE"),
    sqlite_strict=True,
)

rotation_jobs = Table(
    "rotation_jobs",
    metadata,
    Column(
        "arn",
        _TEXT,
        ForeignKey("secrets.arn", ondelete="CASCADE"),
        primary_key=True,
        comment="the secret that rotates; one rotation at a time",
    ),
    Column("token", _TEXT, nullable=False, comment="id of the pending version"),
    Column("state", _TEXT, nullable=False, comment="waiting or failed"),
    Column("due", _NUMBER, comment="when a worker may take it; null for never by itself"),
    Column("attempts", _NUMBER, nullable=False, comment="attempts begun since it was last asked for"),
    Column("last_error", _TEXT, nullable=False, comment="why the last attempt failed; never a value"),
    Column("owner", _TEXT, nullable=False, comment="worker that holds the lease, empty for none"),
    Column("leased_until", _NUMBER, comment="end of the lease"),
    Column("mac", LargeBinary, nullable=False, comment="MAC over all other columns that hold something"),
    Column("more", _TEXT, comment="canonical JSON of what only some kinds of jobs have; null for nothing"),
    sqlite_strict=True,
)
Index("rotation_jobs_by_due", rotation_jobs.c.due)

replication = Table(
    "replication",
    metadata,
    Column("arn", _TEXT, primary_key=True, comment="search: what another region is to be told about"),
    Column("region", _TEXT, primary_key=True, comment="search: which region"),
    Column("kind", _TEXT, primary_key=True, comment="search: replica, leave, gone or region"),
    Column("due", _NUMBER, comment="search: when a worker may take it; null for never by itself"),
    Column("state", _TEXT, nullable=False, comment="canonical JSON of the task; never a value"),
    Column("mac", LargeBinary, nullable=False, comment="MAC of state under the barrier"),
    sqlite_strict=True,
)
Index("replication_by_due", replication.c.due)

metric_filters = Table(
    "metric_filters",
    metadata,
    Column("account_id", _TEXT, primary_key=True, comment="search: whose trail it looks at"),
    Column("region", _TEXT, primary_key=True, comment="search: of which region"),
    Column("name", _TEXT, primary_key=True, comment="search: its name"),
    Column("state", _TEXT, nullable=False, comment="canonical JSON of the filter"),
    Column("mac", LargeBinary, nullable=False, comment="MAC of state under the barrier"),
    sqlite_strict=True,
)

alarms = Table(
    "alarms",
    metadata,
    Column("account_id", _TEXT, primary_key=True, comment="search: its account"),
    Column("region", _TEXT, primary_key=True, comment="search: its region"),
    Column("name", _TEXT, primary_key=True, comment="search: its name"),
    Column("state_value", _TEXT, nullable=False, comment="search: OK, ALARM or INSUFFICIENT_DATA"),
    Column("state", _TEXT, nullable=False, comment="canonical JSON of the alarm and of what it has counted"),
    Column("mac", LargeBinary, nullable=False, comment="MAC of state under the barrier"),
    sqlite_strict=True,
)

alarm_history = Table(
    "alarm_history",
    metadata,
    Column("item_id", _TEXT, primary_key=True, comment="a random id"),
    Column("account_id", _TEXT, nullable=False, comment="search: the alarm's account"),
    Column("region", _TEXT, nullable=False, comment="search: the alarm's region"),
    Column("time", _NUMBER, nullable=False, comment="search: when it happened"),
    Column("state", _TEXT, nullable=False, comment="canonical JSON of what happened"),
    Column("mac", LargeBinary, nullable=False, comment="MAC of item_id and state under the barrier"),
    sqlite_strict=True,
)
Index("alarm_history_by_time", alarm_history.c.account_id, alarm_history.c.region, alarm_history.c.time)

notifications = Table(
    "notifications",
    metadata,
    Column("notification_id", _TEXT, primary_key=True, comment="a random id"),
    Column("due", _NUMBER, nullable=False, comment="search: when a worker may take it"),
    Column("state", _TEXT, nullable=False, comment="canonical JSON of what is to be told to whom; never a value"),
    Column("mac", LargeBinary, nullable=False, comment="MAC of state under the barrier"),
    sqlite_strict=True,
)
Index("notifications_by_due", notifications.c.due)

functions = Table(
    "functions",
    metadata,
    Column("account_id", _TEXT, primary_key=True, comment="search: its account"),
    Column("region", _TEXT, primary_key=True, comment="search: its region"),
    Column("name", _TEXT, primary_key=True, comment="search: its name"),
    Column("state", _TEXT, nullable=False, comment="canonical JSON of the rotation function"),
    Column("mac", LargeBinary, nullable=False, comment="MAC of state under the barrier"),
    sqlite_strict=True,
)

function_parts = Table(
    "function_parts",
    metadata,
    Column("account_id", _TEXT, primary_key=True, comment="the function's account"),
    Column("region", _TEXT, primary_key=True, comment="its region"),
    Column("name", _TEXT, primary_key=True, comment="its name"),
    Column("part", _TEXT, primary_key=True, comment="code or environment"),
    Column("number", _NUMBER, primary_key=True, comment="0, 1, 2 of the pieces that it is cut into"),
    Column("sealed", LargeBinary, nullable=False, comment="a piece of what was sealed under the root key"),
    ForeignKeyConstraint(
        ["account_id", "region", "name"], ["functions.account_id", "functions.region", "functions.name"],
        ondelete="CASCADE",
    ),
    sqlite_strict=True,
)  # fmt: skip

identities = Table(
    "identities",
    metadata,
    Column("access_key_id", _TEXT, primary_key=True, comment="the public half of an access key"),
    Column("account_id", _TEXT, nullable=False, comment="its account"),
    Column("user_arn", _TEXT, nullable=False, comment="who signs with it"),
    Column("sealed_secret", LargeBinary, nullable=False, comment="the secret half, sealed"),
    Column("policies", _TEXT, nullable=False, comment="JSON list of identity policies"),
    Column("mac", LargeBinary, nullable=False, comment="MAC over all other columns"),
    sqlite_strict=True,
)

iam_entities = Table(
    "iam_entities",
    metadata,
    Column("account_id", _TEXT, primary_key=True, comment="search: the account"),
    Column("kind", _TEXT, primary_key=True, comment="search: user, group, role, policy, mfa or account"),
    Column("name", _TEXT, primary_key=True, comment="search: the name in small letters"),
    Column("state", _TEXT, nullable=False, comment="canonical JSON of the entity: all that decides answers"),
    Column("mac", LargeBinary, nullable=False, comment="MAC of state under the barrier"),
    sqlite_strict=True,
)

access_key_uses = Table(
    "access_key_uses",
    metadata,
    Column("access_key_id", _TEXT, primary_key=True, comment="the public half of an access key"),
    Column("used", _NUMBER, nullable=False, comment="when it was last used, as far as it was noted; decides nothing"),
    Column("service", _TEXT, nullable=False, comment="for which service"),
    Column("region", _TEXT, nullable=False, comment="in which region"),
    sqlite_strict=True,
)

trail = Table(
    "trail",
    metadata,
    Column("writer", _TEXT, primary_key=True, comment="whose chain it is part of; empty for the first stores' one"),
    Column("seq", _NUMBER, primary_key=True, comment="1, 2, 3 without a gap within a chain"),
    Column("time", _NUMBER, nullable=False, comment="when the call was recorded"),
    Column("account_id", _TEXT, nullable=False, comment="search: whose event it is"),
    Column("region", _TEXT, nullable=False, comment="search: where it happened"),
    Column("event", _TEXT, nullable=False, comment="canonical JSON of the event; never a value"),
    Column("mac", LargeBinary, nullable=False, comment="MAC over the MAC before, seq, time and event"),
    sqlite_strict=True,
)
Index("trail_by_time", trail.c.account_id, trail.c.region, trail.c.time)

trail_chains = Table(
    "trail_chains",
    metadata,
    Column("writer", _TEXT, primary_key=True, comment="whose chain it is"),
    Column("seq", _NUMBER, nullable=False, comment="number of its last row, 0 for none"),
    Column("head", LargeBinary, nullable=False, comment="MAC of its last row"),
    Column("proof", LargeBinary, nullable=False, comment="MAC over writer, seq and head"),
    sqlite_strict=True,
)


@lru_cache(maxsize=64)
def to_micros(moment: datetime) -> int:
    """Return an aware time as whole microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """Return the aware UTC time of `to_micros`."""
    return _EPOCH + timedelta(microseconds=micros)
