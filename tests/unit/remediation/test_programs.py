"""What holds for programs of all languages: texts are read as they are spelled, and nothing changes without need."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation import programs
from remediation.errors import NotRewritable
from remediation.rewriters.code import neighbours
from remediation.rewriters.code.escapes import decoded
from remediation.rewriters.code.logins import in_text
from remediation.rewriters.code.syntax import syntax
from remediation.rewriters.code.texts import locate
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import Place
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue
from tests.unit.remediation.building import made_up

GO = b'package shop\n\nimport "fmt"\n\nvar a = "one"\n\nfunc f() {\n\tfmt.Println("two")\n}\n'
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"))


def at(data: bytes, value: str) -> Span:
    start = data.find(value.encode())
    return Span(start=start, end=start + len(value.encode()))


@pytest.mark.parametrize("style", ["go", "java", "csharp"])
@given(text=TEXTS)
def test_a_text_is_read_as_it_is_spelled(style: str, text: str) -> None:
    assert decoded(style, json.dumps(text)[1:-1]) == text


@given(text=TEXTS)
def test_a_text_with_doubled_quotes_is_read_as_it_is_spelled(text: str) -> None:
    assert decoded("doubled-quote", text.replace('"', '""')) == text


@pytest.mark.parametrize(("style", "source"), [("go", r"\q"), ("java", "a\\"), ("kotlin", r"\x41"), ("braces", "{")])
def test_what_a_style_does_not_know_is_not_guessed(style: str, source: str) -> None:
    assert decoded(style, source) is None


def test_a_name_that_kotlin_fills_in_is_no_part_of_a_text() -> None:
    assert decoded("kotlin", r"a$name\$b") == "a\ue000$b"
    data = b'val a = "VALU$E"'
    place = Place(start=9, end=15, value=SecretValue("VALU$E"))

    with pytest.raises(NotRewritable):
        locate(syntax("kotlin"), data, syntax("kotlin").parse(data), place)


def test_a_change_beside_the_statement_that_held_a_value_is_told() -> None:
    after = GO.replace(b'"one"', b"get()").replace(b'"two"', b'"three"')

    assert programs.stray_line("shop.go", GO, after, [at(GO, "one")]) == 8
    assert programs.stray_line("shop.go", GO, after, [at(GO, "one"), at(GO, "two")]) is None


def test_imports_and_blanks_may_change() -> None:
    after = GO.replace(b'import "fmt"', b'import (\n\t"fmt"\n\n\t"os"\n)').replace(b"var a = ", b"var a   = ")

    assert programs.stray_line("shop.go", GO, after, [at(GO, "two")]) is None


def test_a_program_that_the_grammar_reads_no_longer_is_told() -> None:
    assert programs.reads_as_before("shop.go", GO, GO)
    assert not programs.reads_as_before("shop.go", GO, GO.replace(b"}\n", b""))


LOGINS = {
    "postgres://shop:PW@db.acme.com:5432/orders": "postgres db.acme.com 5432 shop orders",
    "shop:PW@tcp(db.acme.com:3306)/orders?parseTime=true": "mysql db.acme.com 3306 shop orders",
    "shop:PW@/orders": "mysql None None shop orders",
    "host=db.acme.com user=shop password=PW dbname=orders": "postgres db.acme.com None shop orders",
    "Server=tcp:db.acme.com,1433;User Id=shop;Password=PW;Initial Catalog=orders": (
        "sqlserver db.acme.com 1433 shop orders"
    ),
    "Host=db.acme.com;Username=shop;Password=PW;Database=orders": "postgres db.acme.com None shop orders",
    "Server=db.acme.com;Port=3306;Uid=shop;Pwd=PW": "mysql db.acme.com 3306 shop None",
    "jdbc:postgresql://db.acme.com/orders?user=shop&password=PW": "postgres db.acme.com None shop orders",
    "https://shop:PW@acme.com/": "",
    "Bearer PW": "",
    "key=value password=PW": "",
}


@pytest.mark.parametrize("text", LOGINS)
def test_a_login_is_read_of_the_text_around_its_password(text: str) -> None:
    before, _, after = text.partition("PW")

    found = in_text(before, after)

    told = f"{found.engine} {found.host} {found.port} {found.username} {found.dbname}" if found else ""
    assert told == LOGINS[text]


URL = "jdbc:mysql://db.acme.com:3306/orders"
NEIGHBOURS = {
    ("go", 'var c = mysql.Config{User: "shop", Passwd: "PW", Addr: "db.acme.com:3306", DBName: "orders"}'),
    (
        "go",
        'func f() {\n\tvar c mysql.Config\n\tc.User = "shop"\n\tc.Addr = "db.acme.com:3306"\n'
        '\tc.DBName = "orders"\n\tc.Passwd = "PW"\n}',
    ),
    ("java", f'class A {{ void f() {{ p.setUrl("{URL}"); p.setUser("shop"); p.setPassword("PW"); }} }}'),
    ("java", f'class A {{ Object a = b().url("{URL}").username("shop").password("PW").build(); }}'),
    ("kotlin", f'val c = connect(url = "{URL}", user = "shop", password = "PW")'),
    ("kotlin", f'val c = f().apply {{\n    jdbcUrl = "{URL}"\n    username = "shop"\n    password = "PW"\n}}'),
    (
        "csharp",
        'class A { object a = new MySqlConnectionStringBuilder { Server = "db.acme.com", Port = 3306, '
        'UserID = "shop", Password = "PW", Database = "orders" }; }',
    ),
}


@pytest.mark.parametrize(("language", "text"), sorted(NEIGHBOURS))
def test_a_login_is_read_of_what_stands_beside_its_password(language: str, text: str) -> None:
    data = f"package shop\n\n{text}\n".encode() if language == "go" else text.encode()
    root = syntax(language).parse(data)
    span = at(data, '"PW"')
    found = neighbours.login(syntax(language), grammar.leaf(root, span.start, span.end))

    assert found is not None
    assert (found.engine, found.host, found.port) == ("mysql", "db.acme.com", 3306)
    assert (found.username, found.dbname) == ("shop", "orders")


def test_another_objects_parts_are_no_part_of_a_login() -> None:
    data = b'class A { void f() { p.setUrl("jdbc:mysql://db/orders"); p.setUser("shop"); q.setPassword("PW"); } }'
    span = at(data, '"PW"')

    assert neighbours.login(syntax("java"), grammar.leaf(syntax("java").parse(data), span.start, span.end)) is None


def test_a_value_that_several_literals_make_up_is_left() -> None:
    value = made_up(5, 20)
    data = f'package shop\n\nvar a = "{value[:8]}" + "{value[8:]}"\n'.encode()
    span = Span(start=at(data, value[:8]).start, end=at(data, value[8:]).end)

    with pytest.raises(NotRewritable):
        programs.judge("shop.go", {"shop.go": data, "go.mod": b"module x\n"}, span, SecretValue(value))
