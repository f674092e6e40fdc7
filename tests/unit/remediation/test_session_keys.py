"""Keys that Django and Flask sign sessions with: which may rotate, how, and that sessions outlive a rotation."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.core.signing import Signer
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from remediation.check import check
from remediation.manifests.declared import least_version
from remediation.model import Disposition, Plan
from remediation.planner import plan_fix
from tests.unit.remediation.building import contents, findings, made_up, snapshot

VALUE, NEXT = made_up(91, 50), made_up(92, 50)
SETTINGS = 'INSTALLED_APPS = []\nSECRET_KEY = "PLANTED"\n'
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
CALL, OLDER = 'secret("shop/secret_key")', 'previous_secrets("shop/secret_key")'


def plan(files: dict[str, str], binding: str = "SECRET_KEY") -> Plan:
    start = snapshot({path: text.replace("PLANTED", VALUE) for path, text in files.items()})
    made = plan_fix(findings(contents(start), [VALUE], binding=binding), start)
    check(made, start, lambda _: [])
    return made


def after(made: Plan, path: str) -> str:
    return next(edit.after for edit in made.patch.edits if edit.path == path).decode()


@pytest.mark.parametrize("required", ["Django>=4.2", "django==5.0.1", "Django[argon2]~=4.1 ; python_version > '3'"])
def test_a_key_of_django_rotates_where_the_project_requires_one_that_takes_older_keys(required: str) -> None:
    made = plan({"settings.py": SETTINGS, "requirements.txt": f"{required}\n"})

    (secret,) = made.secrets
    assert secret.rotation == "generated-single"
    assert f"SECRET_KEY = {CALL}\nSECRET_KEY_FALLBACKS = {OLDER}\n" in after(made, "settings.py")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"settings.py": SETTINGS}, "Django takes SECRET_KEY_FALLBACKS from 4.1 on"),
        ({"settings.py": SETTINGS, "requirements.txt": "Django\n"}, "nothing here requires that"),
        ({"settings.py": SETTINGS, "requirements.txt": "Django>=3.2,<5\n"}, "nothing here requires that"),
        ({"app.py": f'{FLASK}app.secret_key = "PLANTED"\n', "requirements.txt": "Flask>=2\n"}, "from 3.1 on"),
        (
            {"settings.py": f"{SETTINGS}SECRET_KEY_FALLBACKS = old()\n", "requirements.txt": "Django>=4.2\n"},
            "in another way than as a list",
        ),
        (
            {"settings.py": SETTINGS, "tokens.py": 'SIGN = "PLANTED"\n', "requirements.txt": "Django>=4.2\n"},
            "read elsewhere too",
        ),
    ],
    ids=["unlisted", "unbound", "older", "flask-older", "own-fallbacks", "elsewhere"],
)
def test_a_key_whose_sessions_would_end_is_moved_and_not_rotated_and_the_plan_says_why(
    files: dict[str, str], reason: str
) -> None:
    made = plan(files)

    (secret,) = made.secrets
    (told,) = (step for step in made.steps if step.action in ("django-secret-key", "flask-secret-key"))
    assert secret.rotation is None
    assert told.disposition is Disposition.REVIEW
    assert reason in told.reason


@pytest.mark.parametrize(
    ("before", "rewritten"),
    [
        ('app.secret_key = "PLANTED"', f'app.secret_key = {CALL}\napp.config["SECRET_KEY_FALLBACKS"] = {OLDER}'),
        (
            "app.config['SECRET_KEY'] = \"PLANTED\"",
            f"app.config['SECRET_KEY'] = {CALL}\napp.config['SECRET_KEY_FALLBACKS'] = {OLDER}",
        ),
        (
            'app.config.update(SECRET_KEY="PLANTED", A=1)',
            f"app.config.update(SECRET_KEY={CALL}, SECRET_KEY_FALLBACKS={OLDER}, A=1)",
        ),
        (
            'app.config.from_mapping(\n    SECRET_KEY="PLANTED",  # ours\n)',
            f"app.config.from_mapping(\n    SECRET_KEY={CALL},\n    SECRET_KEY_FALLBACKS={OLDER},  # ours\n)",
        ),
        (
            'def make():\n    app.secret_key = "PLANTED"',
            f'def make():\n    app.secret_key = {CALL}\n    app.config["SECRET_KEY_FALLBACKS"] = {OLDER}',
        ),
    ],
    ids=["attribute", "item", "update", "lines", "function"],
)
def test_a_key_of_flask_that_rotates_is_told_with_the_one_before(before: str, rewritten: str) -> None:
    made = plan({"app.py": f"{FLASK}{before}\n", "requirements.txt": "Flask>=3.1\n"})

    assert after(made, "app.py").endswith(f"\n{rewritten}\n")
    assert made.secrets[0].rotation == "generated-single"


def test_a_class_of_configuration_holds_the_older_keys_beside_the_key() -> None:
    text = 'class Config:\n    SECRET_KEY = "PLANTED"\n    DEBUG = False\n'

    made = plan({"config.py": text, "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["Flask~=3.1"]\n'})

    assert f"    SECRET_KEY = {CALL}\n    SECRET_KEY_FALLBACKS = {OLDER}\n    DEBUG" in after(made, "config.py")


def test_a_class_of_another_project_is_no_configuration_of_flask() -> None:
    made = plan({"config.py": 'class Config:\n    SECRET_KEY = "PLANTED"\n', "requirements.txt": "starlette>=0.40\n"})

    assert [(step.action, step.reason) for step in made.steps if step.path == "config.py"] == [("class-attribute", "")]


@pytest.mark.parametrize("text", ['app.secret_key = "PLANTED"', 'def make():\n    app.secret_key = "PLANTED"'])
def test_a_session_key_rotates_by_hand_alone_since_processes_keep_it(text: str) -> None:
    made = plan({"app.py": f"{FLASK}{text}\n", "requirements.txt": "Flask>=3.1\n"})

    assert made.secrets[0].kept_by_processes


def test_a_key_whose_rotation_is_known_otherwise_keeps_the_one_before_all_the_same() -> None:
    start = snapshot({"settings.py": SETTINGS.replace("PLANTED", VALUE)})

    (secret,) = plan_fix(findings(contents(start), [VALUE], binding="SECRET_KEY", rotator="generated"), start).secrets

    assert (secret.rotation, secret.keeps_previous) == ("generated-single", True)


def test_a_key_of_a_test_is_not_rotated() -> None:
    made = plan({"tests/conftest.py": f'{FLASK}app.secret_key = "PLANTED"\n', "requirements.txt": "Flask>=3.1\n"})

    assert made.secrets[0].rotation is None
    assert "SECRET_KEY_FALLBACKS" not in after(made, "tests/conftest.py")


class Store:
    """Answers what boto3's client would, by staging label."""

    def __init__(self, **stages: str) -> None:
        self.stages = stages

    def get_secret_value(self, *, SecretId: str, VersionStage: str = "AWSCURRENT") -> dict[str, str]:  # noqa: N803
        if VersionStage not in self.stages:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": self.stages[VersionStage]}


def started(made: Plan, path: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what a module binds in a process that starts while the store holds this."""
    accessor = types.ModuleType("app_secrets")
    exec(after(made, "app_secrets.py"), accessor.__dict__)
    accessor._client = lambda: store  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "app_secrets", accessor)
    bound: dict[str, Any] = {"__name__": "started"}
    exec(after(made, path), bound)
    return bound


def test_what_django_signed_before_a_rotation_is_taken_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan({"settings.py": SETTINGS, "requirements.txt": "Django>=4.2\n"})
    first = started(made, "settings.py", Store(AWSCURRENT=VALUE), monkeypatch)
    signed = Signer(key=first["SECRET_KEY"], fallback_keys=first["SECRET_KEY_FALLBACKS"]).sign("session")

    second = started(made, "settings.py", Store(AWSCURRENT=NEXT, AWSPREVIOUS=VALUE), monkeypatch)

    assert (first["SECRET_KEY"], first["SECRET_KEY_FALLBACKS"]) == (VALUE, [])
    assert second["SECRET_KEY"] == NEXT
    assert Signer(key=NEXT, fallback_keys=second["SECRET_KEY_FALLBACKS"]).unsign(signed) == "session"


def test_what_flask_signed_before_a_rotation_is_taken_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan({"app.py": f'{FLASK}app.secret_key = "PLANTED"\n', "requirements.txt": "Flask>=3.1\n"})
    signed = serializer(started(made, "app.py", Store(AWSCURRENT=VALUE), monkeypatch)["app"]).dumps({"user": 1})

    later = started(made, "app.py", Store(AWSCURRENT=NEXT, AWSPREVIOUS=VALUE), monkeypatch)["app"]

    assert serializer(later).loads(signed) == {"user": 1}
    assert later.secret_key == NEXT


def serializer(app: Flask) -> Any:
    return SecureCookieSessionInterface().get_signing_serializer(app)


@pytest.mark.parametrize(
    ("path", "text", "least"),
    [
        ("requirements.txt", "Django>=4.2,<6  # for now\n", (4, 2)),
        ("requirements.txt", "django-filter>=24\npytest-django>=4.8\ndjangorestframework==3.15\n", None),
        ("requirements.txt", "# Django>=4.2\n", None),
        ("requirements.txt", "Django<5\n", (0,)),
        ("requirements.txt", "Django>=4.2\n-r other.txt\nDjango>=3.2\n", (3, 2)),
        ("requirements/base.in", "    django [argon2] == 4.2.*\n", (4, 2)),
        ("pyproject.toml", '[project]\ndependencies = ["boto3", "Django>=4.1"]\n', (4, 1)),
        ("pyproject.toml", '[tool.poetry.dependencies]\ndjango = "^4.2"\n', (4, 2)),
        ("pyproject.toml", '[tool.poetry.dependencies]\nDjango = {extras = ["bcrypt"], version = ">=5.0"}\n', (5, 0)),
        ("Pipfile", '[packages]\ndjango = "==4.2"\n', (4, 2)),
        ("setup.py", "setup(install_requires=['Django>=4.2'])\n", (4, 2)),
        ("uv.lock", '[[package]]\nname = "django"\nversion = "5.1.2"\n', (5, 1, 2)),
        ("notes.txt", "Django>=4.2\n", None),
    ],
)
def test_the_lowest_version_that_a_project_lets_in_is_read_of_its_manifests(
    path: str, text: str, least: tuple[int, ...] | None
) -> None:
    assert least_version({path: text.encode()}, "shop/site", "django") == least


def test_the_nearest_manifest_counts() -> None:
    tree = {"requirements.txt": b"Django>=3.2\n", "shop/requirements.txt": b"Django>=4.2\n"}

    assert least_version(tree, "shop/site", "django") == (4, 2)
