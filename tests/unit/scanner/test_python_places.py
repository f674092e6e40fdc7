"""The shapes of hardcoded credentials in Python that must be found, each with its value, span, binding and strategy."""

from __future__ import annotations

import pytest

from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password, token

PW = password("places")
KEY = token("places")

SHAPES = {
    "module-constant": (f'DB_PASSWORD = "{PW}"\n', PW, "DB_PASSWORD"),
    "annotated constant": (f'API_KEY: Final[str] = "{KEY}"\n', KEY, "API_KEY"),
    "class-attribute": (f"class Config:\n    SECRET_KEY = '{KEY}'\n", KEY, "SECRET_KEY"),
    "attribute-assignment": (f'class C:\n    def __init__(self):\n        self.token = "{KEY}"\n', KEY, "token"),
    "assignment": (f'def f():\n    password = "{PW}"\n    return g(password)\n', PW, "password"),
    "keyword-argument": (f'connect(host="db", password="{PW}")\n', PW, "password"),
    "dict-value": (f'DATABASES = {{"default": {{"USER": "shop", "PASSWORD": "{PW}"}}}}\n', PW, "PASSWORD"),
    "dict call": (f'options = dict(password="{PW}")\n', PW, "password"),
    "environ-default": (f'import os\nx = os.environ.get("DB_PASSWORD", "{PW}")\n', PW, "DB_PASSWORD"),
    "getenv": (f'from os import getenv\nx = getenv("DB_PASSWORD", "{PW}")\n', PW, "DB_PASSWORD"),
    "or-default": (f'password = config.get("password") or "{PW}"\n', PW, "password"),
    "item-assignment": (f'app.config["SECRET_KEY"] = "{KEY}"\n', KEY, "SECRET_KEY"),
    "flask attribute": (f'app.secret_key = "{KEY}"\n', KEY, "secret_key"),
    "flask update": (f'app.config.update(MAIL_PASSWORD="{PW}")\n', PW, "MAIL_PASSWORD"),
    "django setting": (f'EMAIL_HOST_PASSWORD = "{PW}"\n', PW, "EMAIL_HOST_PASSWORD"),
    "comparison": (f'if form["password"] == "{PW}":\n    login()\n', PW, "password"),
    "comparison reversed": (f'if "{PW}" == password:\n    login()\n', PW, "password"),
    "compare_digest": (f'ok = hmac.compare_digest(password, "{PW}")\n', PW, "password"),
    "default-argument": (f'def connect(user, password="{PW}"):\n    pass\n', PW, "password"),
    "return-value": (f'def get_password():\n    return "{PW}"\n', PW, "get_password"),
    "connection-url": (f'URL = "postgresql://shop:{PW}@db/shop"\n', PW, "URL"),
    "url in f-string": (f'url = f"postgresql://{{user}}:{PW}@{{host}}/shop"\n', PW, "url"),
    "bytes": (f'SECRET_KEY = b"{KEY}"\n', KEY, "SECRET_KEY"),
    "wrapped": (f'password = SecretStr("{PW}")\n', PW, "password"),
    "encoded": (f'password = "{PW}".encode()\n', PW, "password"),
    "pydantic field": (f'class S(BaseSettings):\n    api_key: str = Field("{KEY}")\n', KEY, "api_key"),
    "click option": (f'@click.option("--password", default="{PW}")\ndef main(password): ...\n', PW, "password"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_credential_in_code_is_found_with_its_value_span_and_binding(shape: str, found: Found) -> None:
    source, value, binding = SHAPES[shape]
    (finding,) = found("app/main.py", source)
    assert finding.value.reveal_text() == value
    assert source.encode()[finding.span.start : finding.span.end] == value.encode()
    assert finding.binding == binding
    assert finding.remediation.fixable


@pytest.mark.parametrize("strategy", [name for name in SHAPES if "-" in name and " " not in name])
def test_the_strategy_names_the_kind_of_place(strategy: str, found: Found) -> None:
    (finding,) = found("app/main.py", SHAPES[strategy][0])
    assert finding.remediation.strategy == strategy


@pytest.mark.parametrize(
    ("source", "strategy"),
    [
        (f'def f():\n    """postgresql://shop:{PW}@db/shop"""\n', "docstring"),
        (f"# postgresql://shop:{PW}@db/shop\n", "comment"),
    ],
)
def test_a_place_that_cannot_hold_a_call_is_not_fixable_and_says_why(source: str, strategy: str, found: Found) -> None:
    for finding in found("app/main.py", source):
        assert not finding.remediation.fixable
        assert finding.remediation.strategy == strategy
        assert finding.remediation.reason


def test_a_file_that_does_not_parse_is_read_as_text_and_says_so(found: Found) -> None:
    (finding,) = found("app/old.py", f'print "hello"\nDB_PASSWORD = "{PW}"\n')
    assert finding.value.reveal_text() == PW
    assert any("does not parse" in reason.detail for reason in finding.evidence)


def test_deep_nesting_does_not_hide_a_credential(found: Found) -> None:
    source = f'DB_PASSWORD = "{PW}"\nx = ' + "[" * 5000 + "]" * 5000 + "\n"
    (finding,) = found("app/deep.py", source)
    assert finding.value.reveal_text() == PW
