"""A whole fix on a real repository, with a real boto3 client whose store answers from memory."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from remediation.errors import Refused
from remediation.fix import FixResult, Work, apply_fix
from remediation.git.commit import read_head
from remediation.git.notes import alone
from remediation.git.plumbing import Plumbing
from remediation.model import Plan, Snapshot
from remediation.planner import plan_fix
from remediation.preview import diff
from remediation.stages import Group, stages
from scanner.model import Finding
from strongroom.kernel.errors import CheckFailed, Denied, UsageError, VaultUnavailable
from tests.unit.remediation.building import contents, findings, git, repository
from tests.unit.remediation.building import made_up as made
from tests.unit.remediation.memory_store import FUNCTION, MemoryStore

PASSWORD, TOKEN = made(11), made(12, 30)
FUNCTIONS = {"postgres-single": FUNCTION}
FILES = {
    "app/__init__.py": "",
    "app/db.py": f"""import psycopg


def url():
    return "postgresql://shop:{PASSWORD}@db.internal:5433/orders"


def connect():
    return psycopg.connect(host="db.internal", port=5433, user="shop", password="{PASSWORD}", dbname="orders")
""",
    "app/mail.py": f'class Mail:\n    token = "{TOKEN}"\n',
    "requirements.txt": "flask\n",
}


def rescan(files: Mapping[str, bytes]) -> list[Finding]:
    return findings(files, [PASSWORD, TOKEN], binding="Mail.token")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Plumbing]:
    with Plumbing(repository(tmp_path / "shop", FILES)) as plumbing:
        yield plumbing


def planned(opened: Plumbing) -> tuple[Plan, Snapshot]:
    start = read_head(opened)
    return plan_fix(rescan(contents(start)), start), start


def fixed(opened: Plumbing, store: MemoryStore, branch: str | None = None) -> FixResult:
    plan, start = planned(opened)
    return apply_fix(plan, start, store.client(), work(opened, branch=branch))


def work(opened: Plumbing, **more: Any) -> Work:
    with alone(opened) as notes:
        known: dict[str, Any] = {"rescan": rescan, "rotation_functions": FUNCTIONS, **more}
        return Work(repository=opened, notes=notes, options={}, **known)


def spellings(value: str) -> list[str]:
    return [value, value.encode().hex(), base64.b64encode(value.encode()).decode().rstrip("="), quote(value, safe="")]


def test_a_fix_moves_every_value_and_leaves_one_commit(opened: Plumbing, store: MemoryStore) -> None:
    result = fixed(opened, store)

    assert result.committed
    assert git(opened.top, "rev-parse", result.branch) == result.commit
    assert git(opened.top, "rev-parse", f"{result.branch}^") == git(opened.top, "rev-parse", "HEAD")
    assert json.loads(store.secrets["shop/db/orders"]["SecretString"]) == {
        "engine": "postgres",
        "host": "db.internal",
        "port": 5433,
        "username": "shop",
        "password": PASSWORD,
        "dbname": "orders",
    }
    assert store.secrets["shop/mail_token"]["SecretString"] == TOKEN


def test_no_value_is_left_in_the_fixed_tree_in_any_form(opened: Plumbing, store: MemoryStore) -> None:
    result = fixed(opened, store)

    whole = git(opened.top, "grep", "-h", "", result.branch) + git(
        opened.top, "log", "-1", "--format=%B", result.branch
    )

    assert not [form for value in (PASSWORD, TOKEN) for form in spellings(value) if form in whole]


def test_working_tree_index_and_head_stay_as_they_were(opened: Plumbing, store: MemoryStore) -> None:
    (opened.top / "app/mail.py").write_text("changed, not committed\n")
    (opened.top / "new.txt").write_text("untracked\n")
    index = (opened.top / ".git/index").read_bytes()
    status, head = git(opened.top, "status", "--porcelain"), git(opened.top, "symbolic-ref", "HEAD")
    index = (opened.top / ".git/index").read_bytes()

    fixed(opened, store)

    assert (opened.top / ".git/index").read_bytes() == index
    assert git(opened.top, "status", "--porcelain") == status
    assert git(opened.top, "symbolic-ref", "HEAD") == head


def test_the_same_fix_again_makes_no_new_commit(opened: Plumbing, store: MemoryStore) -> None:
    first, second = fixed(opened, store), fixed(opened, store)

    assert second.commit == first.commit
    assert not second.committed
    assert [each.created for each in first.secrets] == [True, True]
    assert [each.created for each in second.secrets] == [False, False]


def test_the_fixed_branch_has_nothing_left_to_fix(opened: Plumbing, store: MemoryStore) -> None:
    result = fixed(opened, store)
    git(opened.top, "checkout", "-q", result.branch)

    plan, _ = planned(opened)

    assert plan.secrets == ()
    assert plan.patch.edits == ()


def test_rotation_is_attached_with_a_schedule_where_the_code_reads_afresh(opened: Plumbing, store: MemoryStore) -> None:
    result = fixed(opened, store)

    assert result.rotating == ("shop/db/orders",)
    assert store.secrets["shop/db/orders"]["RotationLambdaARN"] == FUNCTION
    assert store.secrets["shop/db/orders"]["RotationRules"] == {"AutomaticallyAfterDays": 30}


def test_a_store_without_the_rotation_function_is_a_step_for_a_person(opened: Plumbing, store: MemoryStore) -> None:
    plan, start = planned(opened)

    result = apply_fix(plan, start, store.client(), work(opened, rotation_functions={}))

    assert result.committed
    assert [step.secret for step in result.manual] == ["shop/db/orders"]


def test_a_value_that_comes_back_different_stops_before_any_commit(opened: Plumbing, store: MemoryStore) -> None:
    fixed(opened, store, branch="first")
    store.secrets.clear()
    create = store.CreateSecret

    def create_and_spoil(request: dict[str, object]) -> tuple[int, dict[str, object]]:
        store.spoil = True
        return create(request)

    store.CreateSecret = create_and_spoil  # type: ignore[method-assign]

    with pytest.raises(CheckFailed):
        fixed(opened, store, branch="second")

    assert git(opened.top, "branch", "--list", "second") == ""


def test_a_secret_with_another_value_is_never_overwritten(opened: Plumbing, store: MemoryStore) -> None:
    store.CreateSecret({"Name": "shop/mail_token", "SecretString": "a person's own"})

    with pytest.raises(Refused, match="shop/mail_token"):
        fixed(opened, store)

    assert store.secrets["shop/mail_token"]["SecretString"] == "a person's own"
    assert git(opened.top, "branch", "--list", "strongroom/*") == ""


@pytest.mark.parametrize(("code", "error"), [("AccessDeniedException", Denied), ("InvalidRequestException", Refused)])
def test_a_refusal_of_the_store_names_the_secret_and_no_value(
    code: str, error: type[Exception], opened: Plumbing, store: MemoryStore
) -> None:
    store.fail = code

    with pytest.raises(error, match="shop/db/orders") as caught:
        fixed(opened, store)

    assert PASSWORD not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_an_unreachable_store_is_told_from_a_refusal(opened: Plumbing) -> None:
    import boto3
    from botocore.config import Config

    unreachable = boto3.session.Session().client(
        "secretsmanager",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="made",
        aws_secret_access_key="up",
        config=Config(retries={"total_max_attempts": 1}),
    )
    plan, start = planned(opened)

    with pytest.raises(VaultUnavailable):
        apply_fix(plan, start, unreachable, work(opened))


def test_a_failed_check_leaves_store_and_repository_untouched(opened: Plumbing, store: MemoryStore) -> None:
    plan, start = planned(opened)

    def still_there(files: Mapping[str, bytes]) -> list[Finding]:
        return rescan(contents(start))

    with pytest.raises(CheckFailed):
        apply_fix(plan, start, store.client(), work(opened, rescan=still_there))

    assert store.calls == []
    assert git(opened.top, "branch", "--list", "strongroom/*") == ""


def test_a_branch_that_holds_something_else_is_refused_before_anything_is_stored(
    opened: Plumbing, store: MemoryStore
) -> None:
    git(opened.top, "branch", "taken")

    with pytest.raises(Refused, match="taken"):
        fixed(opened, store, branch="taken")

    assert store.calls == []


def test_hooks_filters_and_monitors_of_the_repository_do_not_run(opened: Plumbing, store: MemoryStore) -> None:
    marker = opened.top / "ran"
    payload = opened.top / "payload.sh"
    payload.write_text(f"#!/bin/sh\necho ran >> {marker}\ncat\n")
    payload.chmod(0o755)
    for hook in ("reference-transaction", "pre-commit", "post-commit", "post-index-change", "commit-msg"):
        place = opened.top / ".git/hooks" / hook
        place.parent.mkdir(exist_ok=True)
        place.write_text(payload.read_text())
        place.chmod(0o755)
    for setting in ("filter.evil.clean", "filter.evil.smudge", "core.fsmonitor", "core.editor", "gpg.program"):
        git(opened.top, "config", setting, str(payload))
    (opened.top / ".git/info").mkdir(exist_ok=True)
    (opened.top / ".git/info/attributes").write_text("* filter=evil\n")

    result = fixed(opened, store)

    assert result.committed
    assert not marker.exists()


def test_file_modes_and_links_are_kept(tmp_path: Path, store: MemoryStore) -> None:
    top = repository(tmp_path / "shop", {"tool.py": f'#!/usr/bin/env python3\nTOKEN = "{TOKEN}"\n', "b": "x"})
    (top / "tool.py").chmod(0o755)
    (top / "link").symlink_to("b")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "modes")
    with Plumbing(top) as plumbing:
        result = fixed(plumbing, store)

    assert git(top, "ls-tree", result.branch, "tool.py").startswith("100755")
    assert git(top, "ls-tree", result.branch, "link").startswith("120000")


def test_a_linked_worktree_is_fixed_from_its_own_head(opened: Plumbing, store: MemoryStore) -> None:
    linked = opened.top.parent / "linked"
    git(opened.top, "worktree", "add", "-q", "-b", "feature", str(linked))

    with Plumbing(linked) as plumbing:
        result = fixed(plumbing, store)

    assert git(opened.top, "rev-parse", result.branch) == result.commit


def test_a_missing_author_is_a_clear_error_before_anything_is_stored(
    opened: Plumbing, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    git(opened.top, "config", "--unset", "user.email")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(UsageError, match=r"user\.email"):
        fixed(opened, store)

    assert store.calls == []


def test_a_repository_without_a_commit_is_a_clear_error(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")

    with Plumbing(tmp_path) as plumbing, pytest.raises(UsageError, match="no commit"):
        read_head(plumbing)


def test_the_preview_masks_values_and_touches_nothing(opened: Plumbing) -> None:
    plan, _ = planned(opened)

    shown = diff(plan)

    assert "•" in shown
    assert "+    token = secret(" in shown
    assert not [form for value in (PASSWORD, TOKEN) for form in spellings(value) if form in shown]
    assert git(opened.top, "branch", "--list", "strongroom/*") == ""


def test_the_commit_message_says_what_moved_and_how_to_run(opened: Plumbing) -> None:
    plan, snapshot = planned(opened)

    (stage,) = stages(plan, snapshot, Group.ONE)
    message = stage.message

    assert message.startswith("Read 2 secrets from the store")
    assert "- shop/db/orders (field password): app/db.py; rotation: postgres-single\n" in message
    assert "- SHOP_DB_ORDERS__PASSWORD\n" in message
