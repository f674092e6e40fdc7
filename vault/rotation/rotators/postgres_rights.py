"""Makes a PostgreSQL role the double of another: a member that becomes it on login, with its attributes and settings.

AWS's template makes the clone a member and stops there: what the clone then creates belongs to the clone, and the other
user cannot alter it. With `role` set, both work as one owner. Attributes and settings are not inherited by members
(PostgreSQL documentation, "Role Membership" and `ALTER ROLE`), so they are copied.
"""

from __future__ import annotations

from typing import Any

_ATTRIBUTES = {
    "rolsuper": ("SUPERUSER", "NOSUPERUSER"),
    "rolcreaterole": ("CREATEROLE", "NOCREATEROLE"),
    "rolcreatedb": ("CREATEDB", "NOCREATEDB"),
    "rolreplication": ("REPLICATION", "NOREPLICATION"),
    "rolbypassrls": ("BYPASSRLS", "NOBYPASSRLS"),
}
_WHO = ("role", "session_authorization")
"""Settings that say who one is."""


def clone_rights(connection: Any, original: str, clone: str) -> None:
    """Make `clone` the double of `original`. Raises the driver's errors; the caller's transaction undoes a half."""
    from psycopg import sql

    names = {"clone": sql.Identifier(clone), "original": sql.Identifier(original)}
    if _attributes(connection, clone) is None:
        connection.execute(sql.SQL("CREATE ROLE {clone} LOGIN").format(**names))
    _copy_attributes(connection, original, clone)
    connection.execute(sql.SQL("GRANT {original} TO {clone}").format(**names))
    settings = _settings(connection, original)
    _copy_settings(connection, settings, clone)
    becomes = next((value for database, name, value in settings if database is None and name == "role"), original)
    connection.execute(sql.SQL("ALTER ROLE {} SET role TO {}").format(names["clone"], sql.Literal(becomes)))


def is_member(connection: Any, clone: str, original: str) -> bool:
    """Tell whether `clone` was made a member of `original`, as clones are, those of AWS's template too."""
    found = connection.execute(
        "SELECT 1 FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.roleid JOIN pg_roles c ON c.oid = m.member "
        "WHERE c.rolname = %s AND o.rolname = %s",
        (clone, original),
    )
    return found.fetchone() is not None


def _attributes(connection: Any, role: str) -> dict[str, Any] | None:
    from psycopg import sql

    columns = sql.SQL(", ").join(sql.Identifier(name) for name in (*_ATTRIBUTES, "rolconnlimit"))
    query = sql.SQL("SELECT {} FROM pg_roles WHERE rolname = %s").format(columns)
    row = connection.execute(query, (role,)).fetchone()
    return None if row is None else dict(zip((*_ATTRIBUTES, "rolconnlimit"), row, strict=True))


def _copy_attributes(connection: Any, original: str, clone: str) -> None:
    """Change what differs only: a superuser by halves, as managed databases have, may not name the others at all."""
    from psycopg import sql

    theirs, ours = _attributes(connection, original) or {}, _attributes(connection, clone) or {}
    words = [pair[not theirs[name]] for name, pair in _ATTRIBUTES.items() if theirs[name] != ours[name]]
    if theirs["rolconnlimit"] != ours["rolconnlimit"]:
        words.append(f"CONNECTION LIMIT {int(theirs['rolconnlimit'])}")
    if words:
        statement = sql.SQL("ALTER ROLE {} " + " ".join(words))
        connection.execute(statement.format(sql.Identifier(clone)))


def _copy_settings(connection: Any, settings: list[tuple[str | None, str, str]], clone: str) -> None:
    """Set each setting for a moment and copy it from there: so lists such as search_path keep their shape."""
    from psycopg import sql

    for database, name, value in settings:
        if name in _WHO:
            continue
        where = sql.SQL("" if database is None else "IN DATABASE {} ").format(
            *(() if database is None else (sql.Identifier(database),))
        )
        setting = sql.SQL(".").join(sql.Identifier(part) for part in name.split("."))
        connection.execute("SELECT set_config(%s, %s, true)", (name, value))
        statement = sql.SQL("ALTER ROLE {} {}SET {} FROM CURRENT").format(sql.Identifier(clone), where, setting)
        connection.execute(statement)
        connection.execute(sql.SQL("SET LOCAL {} TO DEFAULT").format(setting))


def _settings(connection: Any, role: str) -> list[tuple[str | None, str, str]]:
    rows = connection.execute(
        "SELECT d.datname, s.setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole "
        "LEFT JOIN pg_database d ON d.oid = s.setdatabase WHERE r.rolname = %s",
        (role,),
    ).fetchall()
    return [(database, *entry.partition("=")[::2]) for database, config in rows for entry in config]
