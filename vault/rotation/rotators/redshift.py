"""Amazon Redshift, which speaks as PostgreSQL of long ago: MD5 hashes of passwords, and rights that no role carries.

Statements keep to what both have, so that they are shown on PostgreSQL; values stand in them, quoted by the driver.
Sources: Amazon Redshift Database Developer Guide, `ALTER USER`, `CREATE USER` and "System catalog tables". What is
copied is what AWS's template for Redshift copies, and memberships of groups.
"""

from __future__ import annotations

import secrets
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.postgres import PostgresSession
from vault.rotation.rotators.service import Standing

LAYOUT = "redshift"
_ON_TABLES = ("SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES")
_ON_SCHEMAS = ("CREATE", "USAGE")
_ON_DATABASES = ("CREATE", "TEMP")
_DATABASES = "SELECT datname FROM pg_database WHERE has_database_privilege({user}, datname, {right})"
_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE has_schema_privilege({user}, nspname, {right}) AND nspname !~ '^pg_'"
_TABLES = (
    "SELECT schemaname, tablename FROM pg_tables WHERE has_table_privilege({user}, quote_ident(schemaname) || '.' || "
    "quote_ident(tablename), {right}) AND schemaname !~ '^pg_' AND schemaname <> 'information_schema'"
)
_GROUPS = "SELECT groname FROM pg_group g, pg_user u WHERE u.usesysid = ANY(g.grolist) AND u.usename = {user}"


class RedshiftSession(PostgresSession):
    """A session of a user."""

    def change_own(self, password: SecretValue, kept: SecretValue) -> None:
        """Change the password of the user who logged in."""
        self._set_password(self.account, password)

    def standing(self, username: str) -> Standing:
        """Tell whether a user is there."""
        return (
            Standing.READY
            if self._rows("SELECT 1 FROM pg_user WHERE usename = {user}", user=username)
            else Standing.ABSENT
        )

    def _copy_rights(self, original: str, clone: str) -> None:
        if self.standing(clone) is Standing.ABSENT:
            unknown = self._hashed(clone, SecretValue(secrets.token_urlsafe(24)))
            self._do("CREATE USER {clone} PASSWORD {unknown}", {"clone": clone}, unknown=unknown)
        for query, rights, target in (
            (_DATABASES, _ON_DATABASES, "DATABASE {0}"),
            (_SCHEMAS, _ON_SCHEMAS, "SCHEMA {0}"),
            (_TABLES, _ON_TABLES, "TABLE {0}.{1}"),
        ):
            for right in rights:
                for names in self._rows(query, user=original, right=right):
                    self._do(f"GRANT {right} ON {target} TO {{clone}}", {"clone": clone}, *names)
        for (name,) in self._rows(_GROUPS, user=original):
            self._do("ALTER GROUP {0} ADD USER {clone}", {"clone": clone}, name)

    def _is_clone(self, clone: str, *, of: str) -> bool:
        """Nothing on the server tells it."""
        return True

    def _set_password(self, user: str, password: SecretValue) -> None:
        self._do("ALTER USER {user} PASSWORD {hashed}", {"user": user}, hashed=self._hashed(user, password))

    def _hashed(self, user: str, password: SecretValue) -> str:
        hashed: bytes = self._connection.pgconn.encrypt_password(password.reveal(), user.encode(), b"md5")
        return hashed.decode()

    def _rows(self, query: str, **values: str) -> list[Any]:
        from psycopg import sql

        literals = {name: sql.Literal(value) for name, value in values.items()}
        return list(self._run(sql.SQL(query).format(**literals)).fetchall())

    def _do(self, statement: str, named: dict[str, str], *names: str, **values: str) -> None:
        from psycopg import sql

        parts = {name: sql.Identifier(value) for name, value in named.items()}
        literals = {name: sql.Literal(value) for name, value in values.items()}
        places = (sql.Identifier(name) for name in names)
        self._run(sql.SQL(statement).format(*places, **parts, **literals))
