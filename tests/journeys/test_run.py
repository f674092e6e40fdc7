"""`strongroom run`: the child's own exit status and signals, and credentials for its own secrets only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.testing.server import command_line, plain_environment

READ = """
import sys, boto3
from botocore.exceptions import ClientError
client = boto3.client("secretsmanager")
for name in sys.argv[1:]:
    try:
        print(client.get_secret_value(SecretId=name)["SecretString"])
    except ClientError as error:
        print(error.response["Error"]["Code"])
"""
SHOWN = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_SESSION_TOKEN", "AWS_REGION")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose code reads `app/mine`; the vault beside it holds `app/mine` and `app/other`."""
    folder = tmp_path_factory.mktemp("project")
    (folder / ".strongroom").mkdir()
    (folder / ".strongroom" / "secrets.json").write_text('{"secrets": [{"name": "app/mine", "rotation": null}]}')
    for arguments, value in ((("init",), ""), (("create", "app/mine"), "my own"), (("create", "app/other"), "theirs")):
        subprocess.run(
            command_line("vault", *arguments), env=environment(folder), input=value, text=True, check=True,
            capture_output=True,
        )  # fmt: skip
    return folder


def environment(folder: Path, **extra: str) -> dict[str, str]:
    return plain_environment(STRONGROOM_HOME=str(folder / "home"), **extra)


def run(folder: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command_line("run", "--", *arguments),
        cwd=folder, env=environment(folder, **extra), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_secret_under_a_customers_key_is_readable_to_the_child(project: Path) -> None:
    for arguments in (("key", "create", "--alias", "mine"), ("update", "app/mine", "--kms-key", "alias/mine")):
        subprocess.run(
            command_line("vault", *arguments), env=environment(project), check=True, capture_output=True
        )  # fmt: skip
    assert run(project, sys.executable, "-c", READ, "app/mine", "app/other").stdout.split("\n")[0] == "my own"


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_the_exit_status_is_the_childs_own(project: Path, status: int) -> None:
    assert run(project, sys.executable, "-c", f"raise SystemExit({status})").returncode == status


def test_a_command_that_is_not_there_is_127(project: Path) -> None:
    done = run(project, "no-such-command")
    assert done.returncode == 127
    assert "no-such-command: command not found" in done.stderr


def test_a_file_that_cannot_be_run_is_126(project: Path) -> None:
    (project / "plain.txt").write_text("no program")
    assert run(project, "./plain.txt").returncode == 126


def test_a_child_ended_by_a_signal_ends_us_by_the_same(project: Path) -> None:
    program = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert run(project, sys.executable, "-c", program).returncode == -signal.SIGTERM


@contextmanager
def waiting_child(project: Path) -> Iterator[subprocess.Popen[str]]:
    program = (
        "import signal, sys\n"
        "def leave(number, frame): sys.exit(40 + number)\n"
        "for name in ('SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'): signal.signal(getattr(signal, name), leave)\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()\n"
    )
    arguments = command_line("run", "--", sys.executable, "-c", program)
    with subprocess.Popen(
        arguments, cwd=project, env=environment(project), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_is_passed_on_and_the_childs_answer_comes_back(project: Path, number: signal.Signals) -> None:
    with waiting_child(project) as process:
        os.kill(process.pid, number)
        assert process.wait(timeout=20) == 40 + number


def test_only_the_projects_own_secrets_can_be_read(project: Path) -> None:
    done = run(project, sys.executable, "-c", READ, "app/mine", "app/other", "app/absent")
    assert done.stdout.split("\n")[:3] == ["my own", "AccessDeniedException", "AccessDeniedException"], done.stderr


def test_no_other_aws_identity_is_passed_on(project: Path) -> None:
    program = f"import os; print([name for name in {SHOWN!r} if name in os.environ])"
    done = run(project, sys.executable, "-c", program, AWS_PROFILE="work")
    assert done.stdout == "['AWS_ENDPOINT_URL_SECRETS_MANAGER', 'AWS_SESSION_TOKEN', 'AWS_REGION']\n"


def test_references_are_resolved_for_the_child_alone(project: Path) -> None:
    (project / "more.env").write_text('PASSWORD="pw:{{resolve:secretsmanager:app/other}}"\n')
    program = "import os; print(os.environ['PASSWORD'])"
    done = subprocess.run(
        command_line("run", "--env-file", "more.env", "--", sys.executable, "-c", program),
        cwd=project, env=environment(project), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "pw:theirs\n", done.stderr


def test_a_reference_to_nothing_is_named(project: Path) -> None:
    done = run(project, "true", TOKEN="{{resolve:secretsmanager:app/absent}}")
    assert done.returncode == 2
    assert "TOKEN refers to app/absent" in done.stderr


def test_without_a_record_of_secrets_it_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "true")
    assert done.returncode == 2
    assert "strongroom fix" in done.stderr


def test_a_setting_that_would_hide_the_vault_from_the_child_is_not_passed_on(project: Path) -> None:
    elsewhere = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    arguments = command_line("run", "--vault", "embedded", "--", sys.executable, "-c", READ, "app/mine")
    done = subprocess.run(
        arguments, cwd=project, env=environment(project, **elsewhere), capture_output=True, text=True, check=False
    )
    assert done.stdout == "my own\n", done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_ends_the_child_ends_us_alike_and_leaves_no_child(project: Path, number: signal.Signals) -> None:
    arguments = command_line("run", "--", "sh", "-c", "echo ready $$; exec sleep 600")
    with subprocess.Popen(
        arguments, cwd=project, env=environment(project), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline().removeprefix("ready "))
        os.kill(process.pid, number)
        assert process.wait(timeout=20) == -number
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
