"""Alarms from a shell: those that are built in enabled, tried, listed; and a mail when a deleted secret is read."""

from __future__ import annotations

import json
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.alarms import Watched
from tests.testing.commands import run_command
from tests.testing.credentials import made_up_credential
from tests.testing.mail import mail_server
from tests.testing.server import command_line, plain_environment, running_server, vault_command
from tests.testing.stub import certified
from vault.alarms.builtin import built_in
from vault.alarms.notices import load_notices
from vault.bootstrap import open_vault
from vault.config import DataDir

DELETED = "deleted-secret-read"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault whose alarms can tell a file, as `ops`."""
    place = tmp_path / "vault"
    assert vault_command(place, "init").returncode == 0
    (place / "strongroom.toml").write_text('[notify.ops]\nkind = "file"\npath = "told.jsonl"\n')
    return place


def test_a_deleted_secret_that_is_read_brings_one_mail_and_another_once_all_is_quiet(tmp_path: Path) -> None:
    folder, password = tmp_path / "vault", SecretValue(made_up_credential())
    assert vault_command(folder, "init").returncode == 0
    given = json.dumps({"password": password.reveal_text()})
    assert vault_command(folder, "create", "ops/mail", given=given).returncode == 0
    context, authority = certified(tmp_path, "127.0.0.1")
    with mail_server(context, "starttls", password.reveal_text()) as mailbox:
        settings = folder / "strongroom.toml"
        settings.write_text(
            f'[notify.mail]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {mailbox.port}\nfrom = "vault@example.com"\n'
            'to = ["on-call@example.com"]\nusername = "vault"\npassword_secret = "ops/mail"\n'
            f'password_field = "password"\nca_file = "{authority}"\n'
        )
        done = vault_command(folder, "alarm", "enable", DELETED, "--notify", "mail", "--notify-ok", "mail")
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{DELETED}\n", "")
        vault = open_vault(DataDir(path=folder))
        watched = Watched(vault=vault, notices=load_notices(settings, {}))
        worker = watched.worker()
        worker.run_due()
        mailbox.mails.clear()
        watched.read_deleted_secret("app/db")
        worker.run_due()
        worker.run_due()
        assert watched.state(DELETED) == "ALARM"
        assert [mail["Subject"] for mail in mailbox.mails] == [f'ALARM: "{DELETED}" in us-east-1']
        watched.pass_time(minutes=11)
        worker.run_due()
        assert watched.state(DELETED) == "OK"
        assert [mail["Subject"] for mail in mailbox.mails[1:]] == [f'OK: "{DELETED}" in us-east-1']
        vault.close()
    trail = vault_command(folder, "trail", "list", "--secret", "ops/mail", "--format", "json").stdout
    readers = {
        event["userIdentity"]["userName"] for event in json.loads(trail) if event["eventName"] == "GetSecretValue"
    }
    assert readers == {"notify"}


def test_an_alarm_is_tried_and_everybody_told(folder: Path) -> None:
    assert vault_command(folder, "alarm", "enable", DELETED, "--notify", "ops").returncode == 0
    tried = vault_command(folder, "alarm", "test", DELETED)
    assert tried.returncode == 0, tried.stderr
    assert "Successfully executed action arn:aws:sns:us-east-1:123456789012:ops" in tried.stdout
    (line,) = (folder / "told.jsonl").read_text().splitlines()
    assert json.loads(line)["NewStateReason"] == "Tested by hand"


def test_whoever_cannot_be_told_is_named_when_an_alarm_is_tried(folder: Path) -> None:
    made = vault_command(folder, "alarm", "enable", DELETED, "--notify", "absent")
    assert "there is no [notify.absent] in the settings" in made.stderr
    tried = vault_command(folder, "alarm", "test", DELETED)
    assert (tried.returncode, "Failed to execute action" in tried.stdout) == (1, True)


def test_all_that_are_built_in_are_enabled_and_listed_with_their_states(folder: Path) -> None:
    done = vault_command(folder, "alarm", "enable", "--all", "--notify", "ops")
    assert done.stdout.split() == list(built_in())
    listed = json.loads(vault_command(folder, "alarm", "list", "--format", "json").stdout)
    assert {each["AlarmName"]: each["AlarmDescription"] for each in listed} == {
        name: each.about for name, each in built_in().items()
    }
    assert {each["AlarmActions"][0] for each in listed} == {"arn:aws:sns:us-east-1:123456789012:ops"}


def test_an_alarm_in_alarm_sets_the_exit_status(folder: Path) -> None:
    vault_command(folder, "alarm", "put", "everything", "--pattern", "{ $.eventName EXISTS }")
    quiet = vault_command(folder, "alarm", "list")
    assert (quiet.returncode, quiet.stdout.split()[0]) == (0, "INSUFFICIENT_DATA")
    vault_command(folder, "list")
    vault_command(folder, "alarm", "test", "everything")
    loud = vault_command(folder, "alarm", "list")
    assert (loud.returncode, loud.stdout.split()[:2]) == (1, ["ALARM", "everything"])


def test_history_tells_what_became_of_an_alarm(folder: Path) -> None:
    vault_command(folder, "alarm", "put", "mine", "--pattern", "ERROR", "--period", "60", "--threshold", "5")
    vault_command(folder, "alarm", "put", "mine", "--pattern", "ERROR", "--period", "60", "--datapoints", "1")
    assert vault_command(folder, "alarm", "delete", "mine").stdout == "mine\n"
    lines = vault_command(folder, "alarm", "history", "mine").stdout.splitlines()
    assert [line.rsplit(" ", 1)[1] for line in lines] == ["deleted", "updated", "created"]
    assert json.loads(vault_command(folder, "alarm", "list", "--format", "json").stdout) == []
    again = vault_command(folder, "alarm", "delete", "mine")
    assert (again.returncode, "ResourceNotFound" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("enable",), 2, "name alarms, or give --all"),
        (("enable", "--all", DELETED), 2, "name alarms, or give --all"),
        (("enable", "mine"), 2, "mine is not built in"),
        (("put", "mine", "--pattern", "{ $.a = }"), 1, "Invalid metric filter pattern"),
        (("put", "mine", "--pattern", "a", "--period", "45"), 1, "Period must be"),
        (("test", "absent"), 1, "ResourceNotFound"),
    ],
)
def test_mistakes_are_named(folder: Path, arguments: tuple[str, ...], status: int, told: str) -> None:
    done = vault_command(folder, "alarm", *arguments)
    assert (done.returncode, told in done.stderr) == (status, True), done.stderr


def test_those_that_are_built_in_are_told_of_without_a_vault(tmp_path: Path) -> None:
    shown = vault_command(tmp_path / "none", "alarm", "list", "--built-in", "--format", "json")
    assert [each["name"] for each in json.loads(shown.stdout)] == list(built_in())


def test_settings_that_are_wrong_stop_a_server_before_it_serves(folder: Path) -> None:
    (folder / "strongroom.toml").write_text('[notify.ops]\nkind = "pager"\n')
    done = subprocess.run(
        command_line("serve", "--data-dir", str(folder), "--listen", "127.0.0.1:0"),
        env=plain_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "[notify.ops] has the kind 'pager'" in done.stderr) == (2, True)


def test_a_server_is_told_what_to_watch_for_over_its_endpoint(tmp_path: Path) -> None:
    with running_server(tmp_path / "vault") as server:

        def alarm(*arguments: str) -> subprocess.CompletedProcess[str]:
            words = ("vault", "alarm", *arguments, "--vault", server.url)
            return run_command(*words, environment=server.environment())

        assert alarm("enable", DELETED, "--notify", "ops").stdout == f"{DELETED}\n"
        assert "set off; the server tells" in alarm("test", DELETED).stderr
        assert DELETED in alarm("list").stdout


def test_a_reason_that_would_steer_a_terminal_is_shown_escaped(folder: Path) -> None:
    assert vault_command(folder, "alarm", "enable", DELETED, "--notify", "ops").returncode == 0
    with closing(open_vault(DataDir(path=folder))) as vault:
        cloudwatch = vault.client("cloudwatch")
        cloudwatch.set_alarm_state(AlarmName=DELETED, StateValue="OK", StateReason="a\x1b[2J\nb")
    shown = vault_command(folder, "alarm", "list").stdout
    assert ("\x1b" in shown, len(shown.splitlines())) == (False, 1)
