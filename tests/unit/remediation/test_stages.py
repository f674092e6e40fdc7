"""Commits by secret or by file: each leaves code that works, the last one what one commit would have left."""

from __future__ import annotations

import ast
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from remediation.accessor import style_of
from remediation.git.commit import Stage, prepare, publish, read_head
from remediation.git.export import export
from remediation.git.plumbing import Plumbing
from remediation.model import Plan, Snapshot, Style, Taste
from remediation.naming import variable
from remediation.planner import plan_fix
from remediation.stages import Group, stages
from tests.unit.remediation.building import contents, findings, git, repository
from tests.unit.remediation.building import made_up as made

FIRST, SECOND, BOTH = made(21, 20), made(22, 20), made(23, 20)
FILES = {
    "shop/__init__.py": "",
    "shop/a.py": f'FIRST = "{FIRST}"\nBOTH = "{BOTH}"\n',
    "shop/b.py": f'SECOND = "{SECOND}"\nAGAIN = "{BOTH}"\n',
    "requirements.txt": "flask\n",
}
VALUES = [FIRST, SECOND, BOTH]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Plumbing]:
    with Plumbing(repository(tmp_path / "shop", FILES)) as plumbing:
        yield plumbing


def planned(opened: Plumbing) -> tuple[Plan, Snapshot]:
    start = read_head(opened)
    return plan_fix(findings(contents(start), VALUES), start), start


def tree(stage: Stage, start: Snapshot) -> dict[str, bytes]:
    return {**contents(start), **{edit.path: edit.after for edit in stage.edits}}


@pytest.mark.parametrize("group", list(Group))
def test_the_last_commit_leaves_what_the_plan_promises(opened: Plumbing, group: Group) -> None:
    plan, start = planned(opened)
    assert stages(plan, start, group)[-1].edits == plan.patch.edits


@pytest.mark.parametrize(("group", "number"), [(Group.ONE, 1), (Group.SECRET, 3), (Group.FILE, 2)])
def test_there_is_a_commit_for_each_secret_or_file(opened: Plumbing, group: Group, number: int) -> None:
    plan, start = planned(opened)
    made_up = stages(plan, start, group)
    assert len(made_up) == number
    assert len({stage.message.partition("\n")[0] for stage in made_up}) == number


@pytest.mark.parametrize("group", [Group.SECRET, Group.FILE])
def test_each_commit_takes_values_out_and_leaves_code_that_runs(opened: Plumbing, group: Group, tmp_path: Path) -> None:
    plan, start = planned(opened)
    left: list[int] = []
    for number, stage in enumerate(stages(plan, start, group)):
        folder = tmp_path / str(number)
        for path, data in tree(stage, start).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        given = {variable(secret.name): secret.value.reveal_text() for secret in plan.secrets}
        said = subprocess.run(
            [sys.executable, "-c", "from shop import a, b; print(a.FIRST, a.BOTH, b.SECOND, b.AGAIN)"],
            cwd=folder, env=given, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert said.stdout.split() == [FIRST, BOTH, SECOND, BOTH], said.stderr
        left.append(sum(data.count(value.encode()) for data in tree(stage, start).values() for value in VALUES))
        assert all(ast.parse(data) for path, data in tree(stage, start).items() if path.endswith("_secrets.py"))
    assert left == sorted(left, reverse=True)
    assert (left[0] < 4, left[-1]) == (True, 0)


def test_the_first_commit_brings_accessor_dependency_and_record(opened: Plumbing) -> None:
    plan, start = planned(opened)
    first = {edit.path for edit in stages(plan, start, Group.FILE)[0].edits}
    assert first >= {"requirements.txt", ".strongroom/secrets.json", "shop/a.py"}
    assert any(path.endswith("app_secrets.py") for path in first)


@pytest.mark.parametrize("style", list(Style))
def test_every_commit_is_written_in_the_style_that_was_asked_for(opened: Plumbing, style: Style) -> None:
    start = read_head(opened)
    plan = plan_fix(findings(contents(start), VALUES), start, Taste(style=style))
    accessors = [
        edit.after
        for stage in stages(plan, start, Group.FILE)
        for edit in stage.edits
        if edit.path.endswith("app_secrets.py")
    ]
    assert {style_of(text) for text in accessors} == {style}


def test_a_message_names_what_its_commit_is_about(opened: Plumbing) -> None:
    plan, start = planned(opened)
    by_file = stages(plan, start, Group.FILE)
    assert by_file[1].message.startswith("Read the secrets of shop/b.py from the store")
    assert "shop/a.py" not in by_file[1].message


@pytest.fixture(scope="session")
def ssh_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = tmp_path_factory.mktemp("key") / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key


def test_whoever_signs_with_ssh_gets_every_commit_signed(opened: Plumbing, ssh_key: Path) -> None:
    allowed = ssh_key.with_name("allowed")
    allowed.write_text(f"developer@example.com {ssh_key.with_suffix('.pub').read_text()}")
    for name, text in (
        ("commit.gpgSign", "true"), ("gpg.format", "ssh"), ("user.signingKey", f"{ssh_key}.pub"),
        ("gpg.ssh.allowedSignersFile", str(allowed)),
    ):  # fmt: skip
        git(opened.top, "config", name, text)
    plan, start = planned(opened)
    made_up = prepare(opened, start, stages(plan, start, Group.SECRET), branch="fixed")
    publish(opened, made_up)
    assert git(opened.top, "log", "--format=%G?", "main..fixed").split() == ["G", "G", "G"]


@pytest.fixture
def gpg_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / secrets.token_hex(4)
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    made_key = ("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", "developer@example.com", "ed25519")
    subprocess.run(made_key, check=True, capture_output=True)
    yield home
    subprocess.run(["gpgconf", "--kill", "all"], check=True)


def test_whoever_signs_with_openpgp_gets_commits_signed(opened: Plumbing, gpg_home: Path) -> None:
    git(opened.top, "config", "commit.gpgSign", "true")
    git(opened.top, "config", "user.signingKey", "developer@example.com")
    plan, start = planned(opened)
    publish(opened, prepare(opened, start, stages(plan, start, Group.ONE), branch="fixed"))
    assert git(opened.top, "log", "--format=%G?", "main..fixed") in ("G", "U")


def test_a_program_that_the_repository_names_does_not_sign_and_a_failure_says_so(
    opened: Plumbing, tmp_path: Path
) -> None:
    payload = tmp_path / "payload.sh"
    payload.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    payload.chmod(0o755)
    for name, text in (
        ("commit.gpgSign", "true"), ("gpg.format", "ssh"), ("gpg.program", str(payload)),
        ("gpg.ssh.program", str(payload)), ("gpg.ssh.defaultKeyCommand", str(payload)),
    ):  # fmt: skip
        git(opened.top, "config", name, text)
    plan, start = planned(opened)
    with pytest.raises(Exception, match="could not sign the commit"):
        prepare(opened, start, stages(plan, start, Group.ONE), branch="fixed")
    assert not (tmp_path / "ran").exists()


def test_a_commit_is_written_out_with_its_modes_and_links(opened: Plumbing, tmp_path: Path) -> None:
    (opened.top / "tool.sh").write_text("#!/bin/sh\n")
    (opened.top / "tool.sh").chmod(0o755)
    (opened.top / "link").symlink_to("shop/a.py")
    git(opened.top, "add", "-A")
    git(opened.top, "commit", "-q", "-m", "more")
    folder = tmp_path / "out"
    folder.mkdir()
    export(opened, "HEAD", folder)
    assert (folder / "shop/a.py").read_bytes() == (opened.top / "shop/a.py").read_bytes()
    assert (folder / "tool.sh").stat().st_mode & 0o777 == 0o700
    assert (folder / "link").readlink() == Path("shop/a.py")
