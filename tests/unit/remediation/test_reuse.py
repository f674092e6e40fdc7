"""A value that the store holds already is found by name, then by the tag of its finding, and never overwritten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from remediation.errors import Refused
from remediation.migrate import Stored, Way, migrate
from remediation.model import Plan
from remediation.planner import plan_fix
from remediation.policy import moving_policy
from remediation.reuse import present_names
from strongroom.kernel.leaktags import SHARED, SOURCE
from tests.unit.remediation.building import contents, findings, snapshot
from tests.unit.remediation.building import made_up as made
from vault.bootstrap import Vault, open_in_memory
from vault.initialise import NewStore

VALUE, OTHER = made(31, 24), made(32, 24)
START = snapshot({"app.py": f'KEY = "{VALUE}"\n', "requirements.txt": "flask\n"})


@pytest.fixture
def vault() -> Iterator[Vault]:
    opened, _ = open_in_memory(NewStore(account_id="123456789012", regions=("us-east-1",)))
    yield opened
    opened.close()


def planned(present: dict[str, str] | None = None) -> Plan:
    return plan_fix(findings(contents(START), [VALUE]), START, present=present)


def tagged(vault: Vault, name: str, value: str) -> str:
    tags = [{"Key": SOURCE, "Value": planned().secrets[0].fingerprints[0]}]
    return str(vault.client("secretsmanager").create_secret(Name=name, SecretString=value, Tags=tags)["ARN"])


def found(vault: Vault, asked: list[Sequence[str]] | None = None) -> dict[str, str]:
    def clients(names: Sequence[str]) -> Any:
        if asked is not None:
            asked.append(names)
        return vault.client("secretsmanager", vault.temporary_key("fix", moving_policy(names)))

    return dict(present_names(planned().secrets, clients))


def stored(vault: Vault, plan: Plan) -> tuple[Stored, ...]:
    versions = {secret.name: "a" * 32 for secret in plan.secrets}
    client = vault.client("secretsmanager")
    return migrate(plan.secrets, Way(client=client, versions=versions, storing=_heard, progress=_said))


def _heard(_name: str, _version: str) -> None:
    return None


def _said(_message: str) -> None:
    return None


def test_a_store_that_holds_nothing_of_it_gives_no_name(vault: Vault) -> None:
    assert found(vault) == {}


def test_an_equal_value_with_the_tag_is_reused_under_its_name_and_marked(vault: Vault) -> None:
    tagged(vault, "elsewhere/key", VALUE)
    names = found(vault)
    assert names == {"shop/api_key": "elsewhere/key"}
    plan = planned(names)
    assert any(b'secret("elsewhere/key")' in edit.after for edit in plan.patch.edits)
    assert [(each.name, each.created) for each in stored(vault, plan)] == [("elsewhere/key", False)]
    tags = vault.client("secretsmanager").describe_secret(SecretId="elsewhere/key")["Tags"]
    assert {"Key": SHARED, "Value": "true"} in tags


def test_the_planned_name_comes_first(vault: Vault) -> None:
    tagged(vault, "elsewhere/key", VALUE)
    vault.client("secretsmanager").create_secret(Name="shop/api_key", SecretString=VALUE)
    assert found(vault) == {}


def test_the_tag_leads_past_a_planned_name_that_holds_something_else(vault: Vault) -> None:
    vault.client("secretsmanager").create_secret(Name="shop/api_key", SecretString=OTHER)
    tagged(vault, "elsewhere/key", VALUE)
    assert found(vault) == {"shop/api_key": "elsewhere/key"}


def test_another_value_is_never_overwritten_and_the_way_out_said(vault: Vault) -> None:
    tagged(vault, "shop/api_key", OTHER)
    assert found(vault) == {}
    with pytest.raises(Refused, match="another value; it is left as it is") as caught:
        stored(vault, planned())
    assert "rename or delete" in caught.value.hint
    assert vault.client("secretsmanager").get_secret_value(SecretId="shop/api_key")["SecretString"] == OTHER


def test_only_what_is_planned_or_tagged_is_read(vault: Vault) -> None:
    tagged(vault, "elsewhere/key", OTHER)
    vault.client("secretsmanager").create_secret(Name="private/key", SecretString=VALUE)
    asked: list[Sequence[str]] = []
    assert found(vault, asked) == {}
    assert asked == [["shop/api_key"], ["elsewhere/key"]]


def test_a_secret_on_its_way_out_is_not_reused(vault: Vault) -> None:
    tagged(vault, "elsewhere/key", VALUE)
    vault.client("secretsmanager").delete_secret(SecretId="elsewhere/key")
    assert found(vault) == {}


def test_whoever_may_not_list_goes_by_planned_names(vault: Vault) -> None:
    tagged(vault, "elsewhere/key", VALUE)
    policy = moving_policy(["shop/api_key"]).replace("secretsmanager:ListSecrets", "secretsmanager:GetRandomPassword")
    client = vault.client("secretsmanager", vault.temporary_key("fix", policy))
    assert present_names(planned().secrets, lambda _: client) == {}
