"""Each way in which text binds a value to a name, and what looks alike and binds nothing."""

from __future__ import annotations

import re

import pytest

from scanner.rulebook.loader import build_rulebook
from scanner.rulebook.model import RuleBook
from strongroom.kernel.errors import UsageError
from tests.unit.scanner.making import password, token
from tests.unit.scanner.test_classifier import candidates

PW = password("shapes")
KEY = token("shapes", "[A-Za-z0-9]{32}")
BOUND = {
    "bare-word": ("run.sh", f"docker run -e DB_PASSWORD={PW} shop\n", PW),
    "quoted-word": ("Main.java", f'args.add("spring.datasource.password={PW}");\n', PW),
    "query-parameter": ("main.go", f'get("https://api.internal/v1?user=a&api_key={KEY}")\n', KEY),
    "command-line-flag": ("run.sh", f"deploy --password {PW} --now\n", PW),
    "escaped-quotes": ("main.go", f'body := "{{\\"password\\": \\"{PW}\\"}}"\n', PW),
    "default-of-variable": ("application.yml", f"key: ${{shop.db.password:{PW}}}\n", PW),
    "first-of-list": ("main.js", f"const passwords = ['{PW}'];\n", PW),
    "second-of-list": ("main.js", f"const password = ['ada.lovelace', '{PW}'];\n", PW),
    "in-a-call": ("main.go", f'secretKey: aws.String("{KEY}"),\n', KEY),
    "symbol-and-string": ("main.rb", f'set :session_secret, "{KEY}"\n', KEY),
    "authorization-basic": ("main.go", f'req("Authorization: Basic {KEY}")\n', KEY),
    "recorded-authorization": ("cassette.yml", f"Authorization:\n  - Bearer {KEY}\n", KEY),
    "bearer-word": ("main.go", f'header := "bearer {KEY}"\n', KEY),
    "sql-identified-by": ("users.sql", f"CREATE USER ada IDENTIFIED BY '{PW}';\n", PW),
    "sql-password": ("users.sql", f"SET PASSWORD '{PW}';\n", PW),
    "curl-user": ("run.sh", f"curl -u ada:{PW} https://api.internal\n", PW),
    "client-password": ("run.sh", f"mysql -u root -p{PW} shop\n", PW),
    "directive": ("redis.conf", f"requirepass {PW}\n", PW),
    "plist-pair": ("app.plist", f"<key>password</key>\n<string>{PW}</string>\n", PW),
}
UNBOUND = {
    "bare-word": ("run.sh", "docker run -e DB_PASSWORD=$DB_PASSWORD shop\n"),
    "default-of-variable": ("application.yml", "url: ${shop.db.password:${db.password}}\n"),
    "query-parameter": ("main.go", 'get("https://api.internal/v1?user=alexander&page=second")\n'),
    "command-line-flag": ("run.sh", "deploy --password-file --now\n"),
    "curl-user": ("run.sh", "curl -u $USER:$PASSWORD https://api.internal\n"),
    "client-password": ("run.sh", "mysql -u root -p shop\n"),
    "sql-identified-by": ("users.sql", "identified by their names\n"),
    "next line": ("app.properties", "password=\nlifetime=3600\n"),
    "next line of YAML": ("app.yaml", "password:\nother: 3600-seconds\n"),
}


@pytest.mark.parametrize("shape", BOUND)
def test_a_shape_binds_the_value(book: RuleBook, shape: str) -> None:
    path, text, value = BOUND[shape]
    assert value in {one.value.reveal_text() for one in candidates(book, path, text)[0]}


@pytest.mark.parametrize("mark", [",", "|", ";"])
@pytest.mark.parametrize("form", ["password={pw}{mark}host=cache01", "cache01{mark}password={pw}{mark}ssl=True"])
def test_a_setting_in_a_text_ends_where_the_next_begins(book: RuleBook, mark: str, form: str) -> None:
    value = token("settings", "[A-Za-z0-9]{16}")
    text = f'String settings = "{form.format(pw=value, mark=mark)}";\n'
    assert value in {one.value.reveal_text() for one in candidates(book, "Main.java", text)[0]}


def test_a_place_in_a_query_is_no_value(book: RuleBook) -> None:
    found = candidates(book, "Main.java", f'String query = "password=?{PW}";\n')[0]
    assert PW not in {one.value.reveal_text().lstrip("?") for one in found}


@pytest.mark.parametrize("shape", UNBOUND)
def test_what_looks_alike_binds_nothing(book: RuleBook, shape: str) -> None:
    path, text = UNBOUND[shape]
    assert [one.binding for one in candidates(book, path, text)[0]] == []


def test_a_shape_that_names_an_unknown_rule_is_refused() -> None:
    shape = {
        "id": "acme-line",
        "pattern": "(?P<name>acme) (?P<value>[a-z]{8})",
        "rule": "acme-key",
        "keywords": ["acme"],
    }
    with pytest.raises(UsageError, match=r"acme\.yaml: shape acme-line names the rule acme-key, which does not exist"):
        build_rulebook([("acme.yaml", {"shapes": [shape]})])


@pytest.mark.parametrize(("shape", "quote"), [("double-quoted", '"'), ("single-quoted", "'")])
def test_a_heading_is_no_name_with_the_next_lines_key_for_its_type(book: RuleBook, shape: str, quote: str) -> None:
    """Where a run of hits begins in the file before, a window begins above the line that binds the value."""
    (pattern,) = (each.pattern for each in book.shapes if each.id == shape)
    text = f"variables:\n  DEPLOY_TOKEN: {quote}{KEY}{quote}\n"
    matched = re.search(pattern, text, re.MULTILINE)
    assert matched is not None
    assert (matched["name"], matched["value"]) == ("DEPLOY_TOKEN", KEY)
