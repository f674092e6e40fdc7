"""The glance at Python modules: it spares the slow parser most of them, and never a finding."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.config import ScanConfig
from scanner.examine import Examiner
from scanner.model import Confidence, ScanResult
from tests.unit.scanner.making import password, token

PW = password("glance")
KEY = token("glance", "[A-Za-z0-9]{32}")
HALVES = (KEY[:16], KEY[16:])
QUIET = [
    'parser.add_argument("--password", help="the password of the user")\n',
    'password = os.environ["DB_PASSWORD"]\nconnect(password=password)\n',
    'argument_spec = dict(password=dict(type="str", no_log=True), state=dict(default="present"))\n',
    'if request.form["password"] == "":\n    raise ValueError("password is missing")\n',
    'def token(self) -> str:\n    """Return the token."""\n    return self._token\n',
]
LOUD = {
    "a name": f'password = "{PW}"\n',
    "an attribute": f'class Settings:\n    db_password: str = "{PW}"\n',
    "a keyword": f'connect(user="ada", password="{PW}")\n',
    "an item": f'config["password"] = "{PW}"\n',
    "a dictionary": f'config = {{"host": "db", "password": "{PW}"}}\n',
    "a default": f'def connect(user, *, password="{PW}"):\n    pass\n',
    "an environment's default": f'import os\npassword = os.environ.get("DB_PASSWORD", "{PW}")\n',
    "what a function returns": f'def db_password():\n    return "{PW}"\n',
    "a walrus": f'if (password := "{PW}"):\n    pass\n',
    "a call under another name": f'from smtplib import SMTP as Mail\nm = Mail("host")\nm.login("ada", "{PW}")\n',
    "a variable that a call is given": f'import boto3\nk = "{KEY}{KEY[:8]}"\nboto3.Session(aws_secret_access_key=k)\n',
    "a tuple that a call is given": f'import requests\nrequests.get("https://x", auth=("ada", "{PW}"))\n',
    "a comparison": f'def check(password):\n    return password == "{PW}"\n',
    "a comparison with a constant": f'WANTED = "{PW}"\n\ndef check(password):\n    return password == WANTED\n',
    "a safe comparison": f'import hmac\nhmac.compare_digest(password, "{PW}")\n',
    "a joined text": f'token = None\nvalue = "ghp_{HALVES[0]}" "{HALVES[1]}abcd"\n',
    "an escaped text": f'token = None\nvalue = "\\x67hp_{KEY}abcd"\n',
    "a header": f'headers = {{"Authorization": "Bearer {KEY}"}}\n',
    "bytes": f'secret_key = b"{KEY}"\n',
    "a case": f'match kind:\n    case "db":\n        password = "{PW}"\n',
    "a handler": f'try:\n    pass\nexcept OSError:\n    password = "{PW}"\n',
}


def _all(result: ScanResult) -> list[tuple[object, ...]]:
    return [(one.rule_id, one.span, one.confidence, one.fingerprint) for one in result.findings]


@pytest.fixture
def without_glance(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(Examiner, "_glanced", lambda *_: True)


@pytest.mark.parametrize("kind", LOUD)
def test_what_the_detector_finds_passes_the_glance(
    kind: str, scan_text: Callable[..., ScanResult], without_glance: Callable[[], None]
) -> None:
    glanced = _all(scan_text("shop/app.py", LOUD[kind]))
    without_glance()
    assert glanced
    assert glanced == _all(scan_text("shop/app.py", LOUD[kind]))


@pytest.mark.parametrize("source", QUIET)
def test_a_module_without_a_credential_is_not_parsed_again(source: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(source)
    program = (
        "import sys; from strongroom.entry import main\n"
        "try: main()\n"
        "finally: print('libcst' in sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, "scan", str(tmp_path / "app.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (0, "False")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.sampled_from([*QUIET, *LOUD.values()]), max_size=4),
    path=st.sampled_from(["shop/app.py", "tests/test_app.py"]),
    confidence=st.sampled_from(Confidence),
)
def test_programs_hold_the_same_with_and_without_the_glance(
    parts: list[str], path: str, confidence: Confidence, scan_text: Callable[..., ScanResult]
) -> None:
    config = ScanConfig(min_confidence=confidence)
    glanced = _all(scan_text(path, "".join(parts), config))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Examiner, "_glanced", lambda *_: True)
        assert glanced == _all(scan_text(path, "".join(parts), config))


def test_a_module_that_does_not_parse_is_read_as_text(scan_text: Callable[..., ScanResult]) -> None:
    (finding,) = scan_text("app.py", f'print "old"\npassword = "{PW}"\n').findings
    assert any("does not parse" in reason.detail for reason in finding.evidence)
