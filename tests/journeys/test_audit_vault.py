"""An audit beside a vault: a value that the vault holds is a leak of its secret, wherever and however it stands."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest

from tests.testing.audits import Desk, commit, line
from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git
from tests.testing.server import command_line

PLAIN = "correct horse battery"
"""What no rule takes for a credential."""


class Keeper(Desk):
    """A desk with an embedded vault."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.vault_keys: dict[str, str] = {}
        self.vault("init")

    def vault(self, *words: str, value: str = "") -> str:
        done = subprocess.run(
            command_line("vault", *words), env=self.environment(), input=value, text=True, capture_output=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "STRONGROOM_HOME": str(self.folder / "vault"), **self.vault_keys}


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path)


def test_a_stored_value_that_stands_encoded_in_an_old_branch_is_a_leak_of_its_secret(keeper: Keeper) -> None:
    leaked, other = f"{PLAIN} {made_up_credential(6)}", f"{PLAIN} {made_up_credential(6)}"
    keeper.vault("create", "shop/door", value=leaked)
    keeper.vault("create", "shop/other", value=other)
    shop = keeper.repository("shop", {"app.py": "x = 1\n"})
    git(shop, "switch", "--quiet", "-c", "old")
    (shop / "notes.txt").write_text(f"see {base64.b64encode(leaked.encode()).decode()}\n")
    commit(shop, "notes")
    git(shop, "switch", "--quiet", "main")
    report = keeper.audited("shop")
    (finding,) = report["findings"]
    assert (finding["rule_id"], finding["path"], finding["in_head"]) == ("managed-secret", "notes.txt", False)
    assert finding["commit"]["summary"] == "notes"
    (exposure,) = report["exposures"]
    assert exposure["vault"]["name"] == "shop/door"
    assert exposure["vault"]["encoding"] == "base64"
    assert exposure["vault"]["current"] is True
    assert report["overview"]["managed"] == 1
    assert (report["audit"]["vault"]["name"], report["audit"]["vault"]["secrets"]) == ("embedded", 2)
    kept = b"".join(file.read_bytes() for file in keeper.folder.glob("audit.db*"))
    for value in (leaked, other, base64.b64encode(leaked.encode()).decode()):
        assert value.encode() not in kept
        assert value not in json.dumps(report)


def test_an_audit_database_is_the_same_whatever_else_a_vault_holds(keeper: Keeper, tmp_path: Path) -> None:
    keeper.vault("create", "shop/door", value=f"{PLAIN} {made_up_credential(6)}")
    keeper.repository("shop", {"app.py": "x = 1\n"})
    first = keeper.audited("shop", status=0)
    keeper.vault("put", "shop/door", value=f"{PLAIN} {made_up_credential(6)}")
    second = keeper.audited("shop", status=0)
    for report in (first, second):
        assert (report["findings"], report["exposures"]) == ([], [])
    assert first["audit"]["vault"] == second["audit"]["vault"]


def test_what_a_rule_finds_too_is_one_finding_that_names_its_secret(keeper: Keeper) -> None:
    value = made_up_credential()
    keeper.vault("create", "shop/door", value=value)
    keeper.repository("shop", {"app.py": line(value)})
    report = keeper.audited("shop")
    (finding,) = report["findings"]
    assert finding["rule_id"] != "managed-secret"
    assert report["exposures"][0]["vault"]["name"] == "shop/door"


@pytest.mark.parametrize("text", ['connect("{held}", api_password="{drawn}")\n', "# {held} api_password = '{drawn}'\n"])
def test_neither_of_two_values_on_a_line_is_shown_beside_the_other(keeper: Keeper, text: str) -> None:
    held, drawn = f"{PLAIN} {made_up_credential(6)}".replace(" ", "-"), made_up_credential()
    keeper.vault("create", "shop/door", value=held)
    keeper.repository("shop", {"app.py": text.format(held=held, drawn=drawn)})
    report = keeper.audited("shop")
    assert {one["rule_id"] for one in report["findings"]} >= {"managed-secret"}
    assert len(report["findings"]) == 2
    for form in ("json", "html", "csv", "markdown", "text", "sarif"):
        written = keeper.run("report", "-f", form)
        assert held not in written
        assert drawn not in written
    kept = b"".join(file.read_bytes() for file in keeper.folder.glob("audit.db*"))
    assert held.encode() not in kept


def test_a_value_that_was_replaced_is_told_with_the_time(keeper: Keeper) -> None:
    value = made_up_credential()
    keeper.vault("create", "shop/door", value=json.dumps({"username": "app", "password": value}))
    keeper.repository("shop", {"app.py": line(value)})
    keeper.vault("put", "shop/door", value=json.dumps({"username": "app", "password": made_up_credential()}))
    (exposure,) = keeper.audited("shop")["exposures"]
    held = exposure["vault"]
    assert (held["name"], held["member"], held["current"]) == ("shop/door", "password", False)
    assert held["rotated"]


def test_a_vault_that_was_named_and_does_not_answer_ends_the_audit(keeper: Keeper) -> None:
    keeper.repository("shop", {"app.py": "x = 1\n"})
    keeper.vault_keys = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}
    keeper.run("--vault", "http://127.0.0.1:9", "--region", "us-east-1", "shop", status=4)
    assert "the vault cannot be asked" in keeper.said


def test_without_a_vault_nothing_is_asked(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.repository("shop", {"app.py": "x = 1\n"})
    assert desk.audited("shop", status=0)["audit"]["vault"] is None
