"""How rows of SHOW GRANTS and SHOW CREATE USER are read: those of servers that the tests do not have among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.mysql_rights import Account, limits, plugin_of, replayed, usual_roles
from vault.rotation.rotators.mysql_secrets import hashed

APP = Account(name="app", host="10.%")
DOUBLE = "'app_clone'@'10.%'"
CREATED = (
    "CREATE USER `app`@`10.%` IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$ REQUIRE PASSWORD \\' x' "
    "DEFAULT ROLE `reader`@`%`,`writer`@`%` REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 5 PASSWORD EXPIRE DEFAULT "
    "ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT"
)


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        ("GRANT SELECT ON `a`.* TO `app`@`10.%`", "GRANT SELECT ON `a`.* TO 'app_clone'@'10.%'"),
        ("GRANT SELECT ON `a`.* TO 'app'@'10.%'", "GRANT SELECT ON `a`.* TO 'app_clone'@'10.%'"),
        (
            "GRANT ALL ON *.* TO `app`@`10.%` WITH GRANT OPTION",
            "GRANT ALL ON *.* TO 'app_clone'@'10.%' WITH GRANT OPTION",
        ),
        (
            "GRANT USAGE ON *.* TO `app`@`10.%` IDENTIFIED BY PASSWORD '*AB' REQUIRE SSL WITH GRANT OPTION",
            "GRANT USAGE ON *.* TO 'app_clone'@'10.%' REQUIRE SSL WITH GRANT OPTION",
        ),
        (
            "GRANT USAGE ON *.* TO `app`@`10.%` IDENTIFIED VIA ed25519 USING 'x WITH y' OR unix_socket",
            "GRANT USAGE ON *.* TO 'app_clone'@'10.%'",
        ),
        (
            "GRANT USAGE ON *.* TO 'app'@'10.%' IDENTIFIED WITH mysql_native_password WITH MAX_QUERIES_PER_HOUR 9",
            "GRANT USAGE ON *.* TO 'app_clone'@'10.%' WITH MAX_QUERIES_PER_HOUR 9",
        ),
        ("REVOKE INSERT ON `a`.* FROM `app`@`10.%`", "REVOKE INSERT ON `a`.* FROM 'app_clone'@'10.%'"),
        ("SET DEFAULT ROLE `r` FOR `app`@`10.%`", "SET DEFAULT ROLE `r` FOR 'app_clone'@'10.%'"),
        ("GRANT `r`@`%` TO `app`@`10.%`", "GRANT `r`@`%` TO 'app_clone'@'10.%'"),
    ],
)
def test_a_grant_is_given_to_the_double_without_how_the_first_logs_in(grant: str, expected: str) -> None:
    assert replayed(grant, APP, DOUBLE) == expected


def test_a_grant_of_nobody_known_is_refused() -> None:
    with pytest.raises(RotationFailed, match="a right of the user app cannot be read"):
        replayed("GRANT SELECT ON `a`.* TO `other`@`%`", APP, DOUBLE)


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_names_in_the_middle_of_a_grant_are_never_taken_for_its_end(user: str, database: str) -> None:
    account = Account(name=user, host="%")
    ticks, _ = account.shown()
    target = "`" + f"{database} TO {ticks}".replace("`", "``") + "`"
    assert replayed(f"GRANT SELECT ON {target}.* TO {ticks}", account, "X") == f"GRANT SELECT ON {target}.* TO X"


def test_options_of_an_account_are_read_past_its_hash() -> None:
    assert plugin_of(CREATED) == "caching_sha2_password"
    assert limits(CREATED) == "REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 5"
    assert usual_roles(CREATED) == "`reader`@`%`,`writer`@`%`"


def test_an_account_without_options_has_none() -> None:
    created = "CREATE USER `app`@`%` IDENTIFIED BY PASSWORD '*AB'"
    assert (plugin_of(created), limits(created), usual_roles(created)) == ("mysql_native_password", "REQUIRE NONE", "")


@given(st.text(max_size=20), st.text(alphabet=st.characters(exclude_characters="@"), max_size=20))
def test_an_account_is_read_as_it_is_told(name: str, host: str) -> None:
    account = Account(name=name, host=host)
    assert Account.read(account.text) == account


def test_hashes_are_those_of_the_documentation() -> None:
    # https://mariadb.com/docs/server/reference/sql-functions/secondary-functions/encryption-hashing-and-compression-functions/password
    told = SecretValue("not" + "agoodpwd")
    assert hashed("mysql_native_password", told) == "*3A70EE9FC6594F88CE9E959CD51C5A1C002DC937"
    # https://mariadb.com/docs/server/reference/plugins/authentication-plugins/authentication-plugin-ed25519
    assert hashed("ed25519", SecretValue("sec" + "ret")) == "ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY"
    assert hashed("pam", SecretValue("any")) is None
