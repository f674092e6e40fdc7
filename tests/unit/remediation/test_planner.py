"""Planning: what becomes one secret, what is left to a person, and that nothing is guessed."""

from __future__ import annotations

import base64
import json

import pytest

from remediation.check import check
from remediation.errors import Refused
from remediation.model import Disposition, Layout, Plan
from remediation.planner import plan_fix
from remediation.record import PATH
from scanner.model import SuppressedBy
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import replace
from tests.unit.remediation.building import contents, findings, made_up, snapshot

FIRST, SECOND = made_up(21), made_up(22)


def plan(files: dict[str, str], *values: str, binding: str = "api_key", rotator: str | None = None) -> Plan:
    start = snapshot(files)
    found = findings(contents(start), values or (FIRST,), binding=binding, rotator=rotator)
    made = plan_fix(found, start)
    check(made, start, lambda after: findings(after, values or (FIRST,), binding=binding, rotator=rotator))
    return made


def reasons(made: Plan) -> list[str]:
    return [step.reason for step in made.steps if step.disposition is Disposition.MANUAL and step.fingerprint]


def after(made: Plan, path: str) -> str:
    return next(edit.after for edit in made.patch.edits if edit.path == path).decode()


def test_equal_values_in_many_places_are_one_secret() -> None:
    made = plan({"a.py": f'KEY = "{FIRST}"\n', "b.py": f'KEY = "{FIRST}"\nOTHER = "{FIRST}"\n'})

    assert [secret.name for secret in made.secrets] == ["shop/api_key"]
    assert len(made.secrets[0].references) == 3


def test_different_values_of_one_name_are_different_secrets() -> None:
    made = plan({"a.py": f'KEY = "{FIRST}"\n', "b.py": f'KEY = "{SECOND}"\n'}, FIRST, SECOND)

    assert [secret.name for secret in made.secrets] == ["shop/api_key", "shop/b/api_key"]


def test_a_password_in_a_url_and_in_a_call_is_one_login() -> None:
    made = plan(
        {
            "a.py": f'URL = "postgresql+psycopg2://shop:{FIRST}@db:5432/orders"\n',
            "b.py": f'import psycopg2\n\nc = psycopg2.connect(host="db", user="shop", password="{FIRST}")\n',
        }
    )

    (secret,) = made.secrets
    assert secret.layout is Layout.FIELDS
    assert secret.rotation == "postgres-single"
    assert json.loads(secret.payload().reveal_text())["dbname"] == "orders"


def test_one_password_of_two_logins_is_two_secrets() -> None:
    made = plan({"a.py": f'A = "postgresql://one:{FIRST}@db/orders"\nB = "postgresql://two:{FIRST}@db/orders"\n'})

    assert [secret.connection.username for secret in made.secrets if secret.connection] == ["one", "two"]


def test_a_percent_encoded_password_is_stored_decoded() -> None:
    shown = f"{FIRST}%40%2Fx"

    made = plan({"a.py": f'URL = "postgresql://shop:{shown}@db/orders"\n'}, shown)

    assert made.secrets[0].value.reveal_text() == f"{FIRST}@/x"


def test_another_spelling_of_percent_encoding_is_to_be_reviewed() -> None:
    shown = f"{FIRST}%2fx"

    made = plan({"a.py": f'URL = "postgresql://shop:{shown}@db/orders"\n'}, shown)

    assert made.secrets[0].references[0].disposition is Disposition.REVIEW


def test_a_constant_that_a_call_reads_belongs_to_its_login() -> None:
    text = (
        f'import psycopg\n\nPW = "{FIRST}"\nHOST = "db"\n\n\n'
        'def c():\n    return psycopg.connect(host=HOST, user="u", password=PW)\n'
    )

    (secret,) = plan({"a.py": text}).secrets

    assert secret.connection is not None
    assert (secret.connection.host, secret.connection.username) == ("db", "u")


def test_django_databases_are_a_login_and_the_other_parts_stay_in_code() -> None:
    text = (
        'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "orders", "USER": "shop",\n'
        f'    "PASSWORD": "{FIRST}", "HOST": "db", "PORT": "5432"}}}}\n'
    )

    made = plan({"site/settings.py": text})

    assert made.secrets[0].fields()["port"] == 5432
    assert '"PASSWORD": secret("shop/db/orders", "password"), "HOST": "db"' in after(made, "site/settings.py")


def test_a_login_without_a_host_is_not_rotated() -> None:
    made = plan({"a.py": f'import psycopg\n\nc = psycopg.connect(user="u", password="{FIRST}")\n'})

    assert made.secrets[0].layout is Layout.FIELDS
    assert made.secrets[0].rotation is None


def test_a_generated_value_gets_its_rotation_and_a_note_where_a_process_keeps_it() -> None:
    made = plan({"a.py": f'KEY = "{FIRST}"\n'}, rotator="generated")

    assert made.secrets[0].rotation == "generated-single"
    assert "restarted" in made.secrets[0].references[0].reason
    assert '"shop/api_key"' in after(made, "app_secrets.py")


def test_bytes_that_are_no_text_become_a_binary_secret() -> None:
    start = snapshot({"a.py": 'KEY = b"\\xff\\xfe\\x00\\x81key"\n'})
    found = findings(contents(start), ["\\xff\\xfe\\x00\\x81key"])
    value = type(found[0].value)(b"\xff\xfe\x00\x81key")

    made = plan_fix([replace(found[0], value=value)], start)

    assert made.secrets[0].layout is Layout.BINARY
    assert 'KEY = secret_bytes("shop/api_key")' in after(made, "a.py")
    assert "def secret_bytes(" in after(made, "app_secrets.py")


def test_copies_elsewhere_are_named_with_path_line_and_form() -> None:
    coded = base64.b64encode(f"u:{FIRST}".encode()).decode()
    start = snapshot(
        {
            "a.py": f'KEY = "{FIRST}"\nURL = b"http://h/{FIRST}/%s" % KEY\n',
            "notes.txt": f"# Use\n\ntoken {FIRST}\n",
            "ci.yml": f"auth: {coded}\n",
        }
    )

    made = plan_fix(findings(contents(start), [FIRST])[:1], start)

    assert [(each.path, each.line, each.form) for each in made.mentions] == [
        ("a.py", 2, "plain"),
        ("ci.yml", 1, "base64"),
        ("notes.txt", 3, "plain"),
    ]


def test_a_value_inside_another_planned_value_is_no_copy_to_take_out() -> None:
    start = snapshot({"a.py": f'A = "{FIRST}"\nB = "x{FIRST}y"\n'})
    found = findings(contents(start), [FIRST])[:1] + findings(contents(start), [f"x{FIRST}y"], binding="b")

    assert plan_fix(found, start).mentions == ()


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("a.py", 'K = """{0}"""\nif K == "{0}":\n    raise ValueError\n', "a guard"),
        ("a.py", 'def f():\n    """Use {0}."""\n', "docstring"),
        ("a.py", "# {0}\n", "comment"),
        ("a.py", 'U = b"postgres://u:{0}@%s/d" % b"h"\n', "template"),
        ("a.py", 'match 1:\n    case "{0}":\n        pass\n', "match pattern"),
        ("a.py", 'print("password is {0}")\n', "message"),
        ("a.py", 'raise ValueError("{0}")\n', "error"),
        ("a.py", 'from typing import Literal\n\nx: Literal["{0}"]\n', "type"),
        ("a.py", "exec(\"x = '{0}'\")\n", "exec"),
        ("a.py", 'p.add_argument("--x", help="default {0}")\n', "text for people"),
        ("a.py", 'print "{0}"\n', "does not parse"),
        ("a.py", 'from __future__ import annotations; K = "{0}"\n', "__future__"),
        ("setup.py", 'K = "{0}"\n', "setup.py runs"),
        ("app/migrations/0001_initial.py", 'K = "{0}"\n', "migration"),
        ("vendor/a.py", 'K = "{0}"\n', "vendored"),
        ("a.py", '# Code generated by a tool.\nK = "{0}"\n', "generator"),
        ("notes.rst", "K={0}\n", "no rewriter"),
    ],
)
def test_what_no_rewrite_fits_is_left_to_a_person_with_its_reason(path: str, text: str, reason: str) -> None:
    made = plan({path: text.format(FIRST)})

    assert any(reason in each for each in reasons(made))


def test_a_suppressed_finding_is_left_alone() -> None:
    start = snapshot({"a.py": f'KEY = "{FIRST}"\n'})
    found = [replace(each, suppressed_by=SuppressedBy.INLINE) for each in findings(contents(start), [FIRST])]

    assert plan_fix(found, start).steps == ()


def test_a_finding_of_another_version_of_its_file_is_refused() -> None:
    start = snapshot({"a.py": f'KEY = "{FIRST}"\n'})
    found = [replace(each, blob_id="another") for each in findings(contents(start), [FIRST])]

    with pytest.raises(Refused, match=r"a\.py"):
        plan_fix(found, start)


def test_the_record_holds_names_and_no_values() -> None:
    made = plan({"a.py": f'KEY = "{FIRST}"\n'})

    (described,) = json.loads(after(made, PATH))["secrets"]
    assert described["name"] == "shop/api_key"
    assert described["variables"] == ["SHOP_API_KEY"]
    assert FIRST not in after(made, PATH)


def test_a_name_that_an_earlier_fix_recorded_is_not_given_again() -> None:
    earlier = after(plan({"a.py": f'KEY = "{SECOND}"\n'}, SECOND), PATH)

    made = plan({"a.py": f'KEY = "{FIRST}"\n', PATH: earlier})

    assert made.secrets[0].name == "shop/a/api_key"
    assert len(json.loads(after(made, PATH))["secrets"]) == 2


def test_a_damaged_record_is_a_clear_error() -> None:
    with pytest.raises(UsageError, match="damaged"):
        plan({"a.py": f'KEY = "{FIRST}"\n', PATH: "{"})


def test_planning_twice_gives_the_same_edits() -> None:
    files = {"a.py": f'KEY = "{FIRST}"\nB = "{SECOND}"\n', "b.py": f'KEY = "{FIRST}"\n'}

    assert plan(files, FIRST, SECOND).patch == plan(files, FIRST, SECOND).patch


@pytest.mark.parametrize(
    ("module", "given", "login"),
    [
        (
            "pymysql",
            '"db", "shop", "{value}", "orders"',
            {"engine": "mysql", "host": "db", "username": "shop", "dbname": "orders"},
        ),
        ("oracledb", '"shop", "{value}", "db/orders"', {"engine": "oracle", "username": "shop"}),
    ],
)
def test_what_a_call_is_given_by_place_is_one_login_with_its_password(
    module: str, given: str, login: dict[str, str]
) -> None:
    made = plan({"a.py": f"import {module}\n\nc = {module}.connect({given.format(value=FIRST)})\n"})

    (secret,) = made.secrets
    assert secret.fields() == login | {"password": FIRST}


def test_a_place_of_another_call_is_not_taken_for_a_part_of_a_login() -> None:
    made = plan({"a.py": f'import pymysql\n\npymysql.install("db", "shop", "{FIRST}")\n'})

    assert made.secrets[0].connection is None


LOGIN = f'import psycopg\n\n\ndef c():\n    return psycopg.connect(host="db", user="u", password="{FIRST}")\n'


def test_a_login_that_rotates_is_tried_again_by_the_accessor() -> None:
    made = plan({"a.py": LOGIN})

    assert made.secrets[0].rotation == "postgres-single"
    assert "with_secret(" in after(made, "a.py")
    assert "def with_secret(" in after(made, "app_secrets.py")


def test_an_accessor_that_a_person_changed_is_asked_for_nothing_that_it_does_not_have() -> None:
    mine = '"""Written by `strongroom fix`."""\n\n\ndef secret(name, field=None):\n    return mine\n'
    made = plan({"a.py": LOGIN, "app_secrets.py": mine})

    assert 'password=secret("shop/db/db", "password")' in after(made, "a.py")
    assert [step.action for step in made.steps if step.path == "app_secrets.py"] == ["add to ROTATING: shop/db/db"]


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("", 'SECRET_KEY_FALLBACKS = previous_secrets("shop/secret_key")'),
        ('SECRET_KEY_FALLBACKS = ["old"]\n', 'SECRET_KEY_FALLBACKS = [*previous_secrets("shop/secret_key"), "old"]'),
    ],
)
def test_a_key_of_django_that_rotates_leaves_what_it_signed_valid(more: str, line: str) -> None:
    text = f'INSTALLED_APPS = []\nSECRET_KEY = "{FIRST}"\n{more}DEBUG = False\n'

    made = plan({"site/settings.py": text}, binding="SECRET_KEY", rotator="generated")

    assert after(made, "site/settings.py").splitlines()[-3:] == [
        'SECRET_KEY = secret("shop/secret_key")',
        line,
        "DEBUG = False",
    ]
    assert "def previous_secrets(" in after(made, "site/app_secrets.py")


@pytest.mark.parametrize("lead", ["ENGINE = ", "def engine():\n    return "])
def test_an_engine_that_would_pin_a_rotated_password_is_told(lead: str) -> None:
    text = f'from own.engines import create_engine\n\n{lead}create_engine("postgresql://shop:{FIRST}@db/orders")\n'

    (secret,) = plan({"a.py": text}).secrets

    assert "do_connect" in secret.references[0].reason


def test_a_module_on_its_own_is_installed_with_the_accessor_beside_it() -> None:
    setup = "from setuptools import setup\n\nsetup(\n    py_modules=['shop'],\n    scripts=['shop.py'],\n)\n"

    made = plan({"shop.py": f'KEY = "{FIRST}"\n', "setup.py": setup})

    assert "py_modules=['shop', 'app_secrets']," in after(made, "setup.py")


@pytest.mark.parametrize("read", ["Login.password", "L.password", "type(login).password", "login.__class__.password"])
def test_a_default_that_is_read_of_its_class_under_any_name_stays_one(read: str) -> None:
    login = f'import dataclasses\n\n\n@dataclasses.dataclass\nclass Login:\n    password: str = "{FIRST}"\n'

    made = plan({"a.py": login, "b.py": f"from a import Login as L\n\n\ndef shown(login):\n    return {read}\n"})

    assert "password: str = secret(" in after(made, "a.py")
