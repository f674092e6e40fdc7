"""Who may read what, from a shell: users and policies made, decisions explained."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.testing.server import make_vault, vault_command
from vault.bootstrap import open_vault
from vault.config import DataDir

READ = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with a secret."""
    data = tmp_path_factory.mktemp("access") / "vault"
    make_vault(data)
    _vault(data, "create", "app/db", given="value")
    return data


def _vault(folder: Path, *arguments: str, given: str = "", status: int = 0) -> str:
    done = vault_command(folder, *arguments, given=given)
    assert done.returncode == status, done.stderr
    return done.stdout if status in (0, 1) else done.stderr


def _policy(file: Path, *statements: dict[str, object]) -> str:
    file.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=1))
    return str(file)


def test_a_user_is_made_let_in_and_explained(folder: Path, tmp_path: Path) -> None:
    assert _vault(folder, "iam", "create", "user", "alice") == "arn:aws:iam::123456789012:user/alice\n"
    asked = ("explain", "alice", "secretsmanager:GetSecretValue", "app/db")
    assert "no policy has a statement that allows it" in _vault(folder, *asked, status=1)
    _vault(folder, "iam", "create", "group", "readers")
    _vault(folder, "iam", "policy", "reading", _policy(tmp_path / "p.json", READ))
    _vault(folder, "iam", "attach", "group", "readers", "reading")
    _vault(folder, "iam", "member", "readers", "alice")
    said = _vault(folder, *asked)
    assert said.startswith("allowed: arn:aws:iam::123456789012:user/alice secretsmanager:GetSecretValue arn:aws:")
    assert "by reading (user-managed), lines 4 to 8" in said


def test_a_deny_of_the_secret_itself_is_named(folder: Path, tmp_path: Path) -> None:
    _vault(folder, "iam", "create", "user", "bob")
    _vault(folder, "iam", "attach", "user", "bob", "AdministratorAccess")
    deny = {**READ, "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::123456789012:user/bob"}}
    _vault(folder, "create", "app/closed", given="value")
    _vault(folder, "policy", "put", "app/closed", _policy(tmp_path / "r.json", deny))
    asked = ("explain", "bob", "secretsmanager:GetSecretValue", "app/closed", "--format", "json")
    told = json.loads(_vault(folder, *asked, status=1))
    assert (told["decision"], [each["kind"] for each in told["statements"]]) == ("explicitDeny", ["resource"])


def test_what_only_a_call_tells_is_asked_for(folder: Path, tmp_path: Path) -> None:
    _vault(folder, "iam", "create", "user", "carol")
    from_home = {**READ, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    _vault(folder, "iam", "policy", "home", _policy(tmp_path / "p.json", from_home))
    _vault(folder, "iam", "attach", "user", "carol", "home")
    asked = ("explain", "carol", "secretsmanager:GetSecretValue", "app/db")
    assert "(--context): aws:SourceIp" in _vault(folder, *asked, status=1)
    assert _vault(folder, *asked, "--context", "aws:SourceIp=203.0.113.7").startswith("allowed")
    assert "is not KEY=VALUE" in _vault(folder, *asked, "--context", "here", status=2)


def test_asking_about_a_secret_is_explained_by_its_name(folder: Path) -> None:
    asking = {**READ, "Action": "strongroom:FindValues", "Resource": "arn:aws:secretsmanager:*:*:secret:app/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": asking})
    with closing(open_vault(DataDir(path=folder))) as vault:
        iam = vault.client("iam")
        iam.create_user(UserName="auditor")
        iam.put_user_policy(UserName="auditor", PolicyName="asking", PolicyDocument=document)
    assert _vault(folder, "explain", "auditor", "strongroom:FindValues", "app/db").startswith("allowed")


def test_a_keys_own_policy_is_taken_into_account(folder: Path) -> None:
    _vault(folder, "key", "create", "--alias", "orders")
    _vault(folder, "iam", "create", "user", "dave")
    _vault(folder, "iam", "attach", "user", "dave", "AdministratorAccess")
    assert _vault(folder, "explain", "dave", "kms:Decrypt", "alias/orders").startswith("allowed")
    assert "there is no" in _vault(folder, "explain", "dave", "kms:Decrypt", "alias/none", status=2)


def test_a_policy_that_is_none_is_told_by_file_and_fault(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"Version": "2012-10-17",\n "Statement": [}')
    assert f"{broken}:2:16 is not JSON" in _vault(folder, "iam", "policy", "p", str(broken), status=2)
    broken.write_bytes(b"\xff")
    assert f"{broken} is not UTF-8" in _vault(folder, "iam", "policy", "p", str(broken), status=2)
    odd = _policy(tmp_path / "odd.json", {**READ, "Note": "n"})
    told = _vault(folder, "iam", "policy", "p", odd, status=2)
    assert f"{odd}: Syntax errors in policy." in told
    assert "A Statement can't hold Note." in told
    told = _vault(folder, "iam", "create", "role", "r", "--trust", odd, status=2)
    assert f"{odd}: " in told


def test_a_group_goes_with_more_members_than_a_page_has(folder: Path) -> None:
    _vault(folder, "iam", "create", "group", "crowd")
    with closing(open_vault(DataDir(path=folder))) as vault:
        iam = vault.client("iam")
        for number in range(101):
            iam.create_user(UserName=f"one-of-many-{number}")
            iam.add_user_to_group(GroupName="crowd", UserName=f"one-of-many-{number}")
    _vault(folder, "iam", "delete", "group", "crowd", "--everything")
    assert "crowd" not in _vault(folder, "iam", "list", "group")


def test_a_user_goes_with_everything(folder: Path) -> None:
    _vault(folder, "iam", "create", "user", "erin")
    made = json.loads(_vault(folder, "iam", "key", "create", "erin", "--format", "json"))
    assert f"{made['access_key_id']}  Active  never used" in _vault(folder, "iam", "key", "list", "erin")
    _vault(folder, "iam", "password", "erin", given="Correct-Horse-1\n")
    _vault(folder, "iam", "delete", "user", "erin", status=1)
    _vault(folder, "iam", "delete", "user", "erin", "--everything")
    assert "erin" not in _vault(folder, "iam", "list", "user")
