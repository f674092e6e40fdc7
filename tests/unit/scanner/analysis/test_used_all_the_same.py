"""Values that anyone would try first, where a program logs in with them; names and ways by which others get there."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.conftest import Analysed
from tests.unit.scanner.making import password, token

SECRET = password("used-all-the-same")
KEY = token("used-all-the-same")
DIGITS = "".join(map(str, range(1, 7)))
LETTERS = "".join(map(chr, range(ord("a"), ord("i"))))
OPENED = 'class A {{ void m() throws Exception {{ java.sql.DriverManager.getConnection("jdbc:x", "app", "{}"); }} }}\n'


def values(analysed: Analysed, path: str, text: str) -> list[str]:
    return [one.value.reveal().decode() for one in analysed({path: text})]


def test_a_password_that_anyone_would_try_is_one_where_a_program_logs_in_with_it(analysed: Analysed) -> None:
    assert values(analysed, "A.java", OPENED.format(DIGITS)) == [DIGITS]


def test_a_password_that_anyone_would_try_is_none_where_only_a_name_speaks_for_it(analysed: Analysed) -> None:
    assert values(analysed, "A.java", f'class A {{ String password = "{DIGITS}"; }}\n') == []


def test_a_word_that_products_ship_with_is_no_alarm_even_where_it_is_used(analysed: Analysed) -> None:
    assert values(analysed, "A.java", OPENED.format("postgres")) == []


def test_a_key_that_counts_through_letters_is_a_placeholder_even_of_a_cipher(analysed: Analysed) -> None:
    body = f'new javax.crypto.spec.SecretKeySpec("{LETTERS}".getBytes(), "AES");'
    assert values(analysed, "A.java", f"class A {{ void m() {{ {body} }} }}\n") == []


def test_each_use_of_a_value_in_its_own_file_is_told(analysed: Analysed) -> None:
    uses = "\n".join(f"  void m{n}() {{ Algorithm.HMAC256(WORD); }}" for n in range(3))
    (found,) = analysed({"A.java": f'class A {{\n  static final String WORD = "{KEY}";\n{uses}\n}}\n'})
    assert {flow.flow[-1].line for flow in found.evidence if flow.flow} == {3, 4, 5}


@pytest.mark.parametrize("name", ["password2", "apiKey1", "token03", "dbPassword2"])
def test_a_number_at_once_behind_a_name_leaves_it_a_credentials(analysed: Analysed, name: str) -> None:
    assert values(analysed, "A.java", f'class A {{ String {name} = "{KEY}"; }}\n') == [KEY]


def test_bytes_that_a_method_returns_are_followed(analysed: Analysed) -> None:
    listed = ", ".join(hex(ord(letter)) for letter in KEY[:16])
    body = f"static byte[] K() {{ return new byte[] {{ {listed} }}; }} void M(SymmetricAlgorithm a) {{ a.Key = K(); }}"
    assert values(analysed, "A.cs", f"class A {{ {body} }}\n") == [KEY[:16]]


@pytest.mark.parametrize("local", ["", "own "])
def test_a_package_of_go_is_known_by_the_last_word_of_its_folder(analysed: Analysed, local: str) -> None:
    called = local.strip() or "jwt"
    text = (
        f'package a\n\nimport {local}"github.com/gogf/gf-jwt/v2"\n\n'
        f'var m = &{called}.GfJWTMiddleware{{Key: []byte("{KEY}")}}\n'
    )
    assert values(analysed, "a.go", text) == [KEY]


def test_what_is_set_where_a_setting_of_a_credential_is_empty_is_one(analysed: Analysed) -> None:
    text = (
        "package a\n\nfunc f() string {\n"
        f'\tw := os.Getenv("DB_PASSWORD")\n\tif w == "" {{\n\t\tw = "{SECRET}"\n\t}}\n\treturn w\n}}\n'
    )
    assert values(analysed, "a.go", text) == [SECRET]


def test_what_is_set_where_another_setting_is_empty_is_none(analysed: Analysed) -> None:
    text = (
        "package a\n\nfunc f() string {\n"
        f'\tw := os.Getenv("DB_NAME")\n\tif w == "" {{\n\t\tw = "{SECRET}"\n\t}}\n\treturn w\n}}\n'
    )
    assert values(analysed, "a.go", text) == []


def test_an_object_of_java_that_is_written_down_is_no_token(analysed: Analysed) -> None:
    assert values(analysed, "A.java", f'class A {{ String token = "rO0AB{KEY}"; }}\n') == []
