"""`strongroom scan --verify` on a repository: who is asked, who is not, what is said of it, and never in a hook."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.testing.gitrepo import git, make_repository
from tests.testing.leaks import leaks
from tests.testing.server import command_line, plain_environment
from tests.testing.stub import Answer, Asked, Stub, serving
from tests.unit.scanner.making import password, token

LIVE, DEAD = (token(name, "hf_[A-Za-z]{34}") for name in ("a live token", "a dead token"))
PASSWORD = password("a password without a verifier")
FILES = {
    "a.py": f'TOKEN = "{DEAD}"\n',
    "b.py": f'TOKEN = "{LIVE}"\nAGAIN = "{LIVE}"\n',
    "c.py": f'ADMIN_PASSWORD = "{PASSWORD}"\n',
}
VALUES = [value.encode() for value in (LIVE, DEAD, PASSWORD)]


def by_value(asked: Asked) -> Answer:
    return Answer(status=200 if LIVE in asked.headers["Authorization"] else 401, body=repr(asked.headers).encode())


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving(by_value) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "shop", FILES)


def scan(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    environment = plain_environment(**variables)
    return subprocess.run(
        command_line("scan", *arguments), cwd=project, env=environment, capture_output=True, check=False
    )


def at(stub: Stub) -> list[str]:
    return ["--verify", "--verify-host", f"huggingface={stub.place}"]


def test_findings_say_whether_they_are_live_and_the_live_ones_come_first(project: Path, stub: Stub) -> None:
    done = scan(project, *at(stub), "-f", "json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)["findings"]
    assert [(one["path"], one["verified"]) for one in found] == [
        ("b.py", "active"), ("b.py", "active"), ("a.py", "inactive"), ("c.py", "unknown"),
    ]  # fmt: skip
    assert found[0]["evidence"][-1] == {
        "kind": "verification", "detail": "active: the provider accepted it at 127.0.0.1",
    }  # fmt: skip
    assert len(stub.asked) == 2


def test_nothing_is_asked_unless_it_is_asked_for(project: Path, stub: Stub) -> None:
    found = json.loads(scan(project, "-f", "json").stdout)["findings"]
    assert {one["verified"] for one in found} == {None}
    assert stub.asked == []


@pytest.mark.parametrize(
    "form", ["text", "json", "jsonl", "sarif", "gitlab", "junit", "csv", "markdown", "html", "github"]
)
def test_every_report_says_it_and_shows_no_value(project: Path, stub: Stub, form: str) -> None:
    done = scan(project, *at(stub), "-f", form)
    for said in (b"accepted it at 127.0.0.1", b"refused it at 127.0.0.1"):
        assert said in done.stdout.replace(b"\\u0020", b" ")
    assert leaks(VALUES, done.stdout + done.stderr) == []


def test_the_text_report_marks_what_is_live(project: Path, stub: Stub) -> None:
    lines = scan(project, *at(stub)).stdout.decode().splitlines()
    marked = [line for line in lines if line.rstrip().endswith("ACTIVE")]
    assert len(marked) == 2
    assert lines[0] == marked[0]
    assert any("verified: active: the provider accepted it at 127.0.0.1" in line for line in lines)
    assert ", 2 active; " in lines[-2]


HOOK = [sys.executable, "-I", "-m", "strongroom.hook"]


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        (command_line("scan", "--staged", "--verify"), {}),
        (command_line("scan", "--verify", "a.py"), {"PRE_COMMIT": "1"}),
        (command_line("scan", "--verify"), {"GIT_INDEX_FILE": ".git/index"}),
        (command_line("scan", "--staged"), {"STRONGROOM_SCAN_VERIFY": "1"}),
        ([*HOOK, "--verify"], {}),
        ([*HOOK, "--staged", "--verify"], {}),
        ([*HOOK, "--pushed", "--verify"], {}),
        ([*HOOK, "a.py"], {"STRONGROOM_SCAN_VERIFY": "1"}),
    ],
)
def test_a_hook_that_wants_to_verify_is_refused(
    project: Path, stub: Stub, command: list[str], variables: dict[str, str]
) -> None:
    environment = plain_environment(**variables)
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"--verify is not for hooks" in done.stderr
    assert b"hint:" in done.stderr
    assert stub.asked == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--verify-host", "db.internal"],
        ["--verify", "--verify-host", "a b"],
        ["--verify", "--verify-host", "x=http://a.b"],
        ["--verify", "--verify-host", "githup=a.b"],
    ],
)
def test_hosts_that_cannot_be_used_are_refused(project: Path, arguments: list[str]) -> None:
    done = scan(project, *arguments)
    assert done.returncode == 2
    assert b"hint:" in done.stderr


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("strongroom.toml", "verify = true\n"),
        ("strongroom.toml", 'verify_hosts = ["evil.example"]\n'),
        ("pyproject.toml", "[tool.strongroom]\nverify = true\n"),
    ],
)
def test_no_file_of_a_project_can_have_it_verified(project: Path, stub: Stub, file: str, text: str) -> None:
    (project / file).write_text(text)
    done = scan(project)
    assert done.returncode == 2
    assert b"unknown key `verify" in done.stderr
    assert stub.asked == []


def rule_file(folder: Path, url: str) -> Path:
    folder.mkdir(exist_ok=True)
    rule = {
        "id": "acme-key", "name": "Acme key", "description": "Calls Acme.", "severity": "high", "confidence": "high",
        "keywords": ["acme_"], "pattern": r"\b(?P<value>acme_[a-z0-9]{16})\b", "examples": ["acme_{{re:[a-z0-9]{16}}}"],
        "verifier": {"http": {"url": url, "headers": {"Authorization": "Bearer {value}"}}},
    }  # fmt: skip
    (folder / "acme.yaml").write_text(yaml.safe_dump({"rules": [rule]}))
    return folder / "acme.yaml"


def test_rules_of_a_project_are_not_read_and_those_named_by_people_are_asked_by(project: Path, stub: Stub) -> None:
    value = token("acme", "acme_[a-z0-9]{15}[0-9]")
    (project / "d.py").write_text(f'KEY = "{value}"\n')
    rule_file(project / "rules", "https://api.acme.example/me")
    rule_file(project / ".strongroom", "https://api.acme.example/me")
    arguments = ["--verify", "--verify-host", f"acme={stub.place}", "-f", "json", "d.py"]
    scan(project, *arguments)
    assert stub.asked == []
    rules = rule_file(project.parent / "mine", "https://api.acme.example/me")
    found = json.loads(scan(project, *arguments, "--rules", str(rules)).stdout)["findings"]
    assert [one["verified"] for one in found if one["rule_id"] == "acme-key"] == ["inactive"]
    assert stub.asked[0].target == "/me"


def test_what_a_baseline_accepts_is_not_asked_about(project: Path, stub: Stub) -> None:
    done = subprocess.run(
        command_line("baseline", "create"), cwd=project, env=plain_environment(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert scan(project, *at(stub)).returncode == 0
    assert stub.asked == []


def test_what_a_history_holds_is_asked_about_too(project: Path, stub: Stub) -> None:
    (project / "b.py").write_text("nothing = None\n")
    git(project, "commit", "--quiet", "--all", "--message=gone")
    found = json.loads(scan(project, *at(stub), "--history", "-f", "json").stdout)["findings"]
    assert [(one["path"], one["in_head"]) for one in found if one["verified"] == "active"] == [("b.py", False)] * 2
    assert len(stub.asked) == 2


def test_an_interrupt_ends_it_at_once(project: Path) -> None:
    asked, over = threading.Event(), threading.Event()

    def answer(_: Asked) -> Answer:
        asked.set()
        over.wait()
        return Answer()

    with serving(answer) as stub:
        command = command_line("scan", *at(stub))
        with subprocess.Popen(command, cwd=project, env=plain_environment(), stderr=subprocess.PIPE) as process:
            assert asked.wait(60)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=5)
        over.set()
    assert process.returncode == 130
    assert err.decode() == "error: interrupted\n"


def test_a_scan_that_is_not_to_verify_loads_nothing_of_it(project: Path) -> None:
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: sys.stderr.write('\\n@' + ' '.join(sys.modules)))\n"
        "sys.argv = ['strongroom', 'scan']\n"
        "from strongroom.entry import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=project, env=plain_environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    loaded = set(done.stderr.rpartition("@")[2].split())
    assert "scanner.judge" in loaded
    assert not [name for name in loaded if name.startswith(("scanner.verify", "http.client", "ssl", "urllib.request"))]


def test_a_rule_shows_whom_it_asks() -> None:
    for rule_id, asked in (("telegram-bot-token", "https://api.telegram.org/bot{value}/getMe"), ("jwt", "jwt")):
        done = subprocess.run(
            command_line("rules", "show", rule_id), env=plain_environment(), capture_output=True, text=True, check=True
        )
        assert any(line.startswith("verifier") and asked in line for line in done.stdout.splitlines())
