"""Kotlin programs: credentials that are followed to where they are used, and texts that only look like some."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password, token

SECRET = password("kotlin")
KEY = token("kotlin")

USED = {
    "a top-level constant": ('const val A = "{v}"\nfun m() = Credentials.basic("u", A)', SECRET),
    "a name behind a dollar sign": (
        'val a = "{v}"\nfun m() = DriverManager.getConnection("jdbc:mysql://h/d?user=u&password=$a")',
        SECRET,
    ),
    "an extension": ('private fun String.go() = Credentials.basic("u", this)\nfun m() = "{v}".go()', SECRET),
    "the rest of the arguments": (
        'fun f(vararg a: String) = Credentials.basic(a[0], a[1])\nfun m() = f("u", "{v}")',
        SECRET,
    ),
    "a value of the class below": (
        'abstract class B {\n abstract val a: String\n fun m() = Credentials.basic("u", a)\n}\n'
        'class C : B() {\n override val a = "{v}"\n}',
        SECRET,
    ),
    "a lazy value": ('class C {\n val a by lazy { "{v}" }\n fun m() = Credentials.basic("u", a)\n}', SECRET),
    "a getter": ('class C {\n val a: String get() = "{v}"\n fun m() = Credentials.basic("u", a)\n}', SECRET),
    "a default of a class": (
        'data class O(val n: String, val c: String = "{v}")\nfun m(o: O) = Credentials.basic(o.n, o.c)',
        SECRET,
    ),
    "a default of a function": ('fun m(a: String = "{v}") = Credentials.basic("u", a)', SECRET),
    "a constant of a companion": (
        'class C {\n fun m() = Credentials.basic("u", A)\n companion object { private const val A = "{v}" }\n}',
        SECRET,
    ),
    "a pair": ('fun two() = "u" to "{v}"\nfun m() {\n val (a, b) = two()\n Credentials.basic(a, b)\n}', SECRET),
    "a branch": ('fun m(k: Int) = Credentials.basic("u", when (k) { 1 -> "{v}"\n else -> "" })', SECRET),
    "a default behind a question": (
        'fun m() {\n val a = System.getenv("X") ?: "{v}"\n Credentials.basic("u", a)\n}',
        SECRET,
    ),
    "what a scope function hands on": ('fun m() {\n "{v}".let { Credentials.basic("u", it) }\n}', SECRET),
    "elements of a list": ('fun m() {\n for (a in listOf("{v}")) Credentials.basic("u", a)\n}', SECRET),
    "an entry of a map": ('val t = mapOf("x" to "{v}")\nfun m() = Credentials.basic("u", t["x"]!!)', SECRET),
    "an argument of an enumeration": (
        'enum class E(val v: String) {\n A("{v}");\n fun go() = Credentials.basic("u", v)\n}',
        SECRET,
    ),
    "characters of a key": ('val k = SecretKeySpec("{v}".toByteArray(), "AES")', KEY),
    "a method without its receiver": ('fun m() = client.get("x") {\n bearerAuth("{v}")\n}', KEY),
    "a password that a user gives": ('fun m(p: String) = p == "{v}" || BCrypt.checkpw(p, hash)', SECRET),
}

INNOCENT = {
    "the name of a variable": 'fun m() = Credentials.basic("u", System.getenv("DB_PASSWORD_1"))',
    "a pattern": 'val password = Regex("(?i)pass(word|phrase)?[0-9]*")',
    "a label": 'enum class E(val label: String) {\n PASSWORD("login-password-1"),\n TOKEN("token-2")\n}',
    "a name that is compared": 'fun m(field: String) = field == "dbPassword1"',
}


@pytest.mark.parametrize(("program", "value"), USED.values(), ids=USED.keys())
def test_a_credential_is_followed_to_its_use(program: str, value: str, book: RuleBook, tmp_path: Path) -> None:
    assert value in followed(book, tmp_path, {"C.kt": program.replace("{v}", value) + "\n"})


@pytest.mark.parametrize("program", INNOCENT.values(), ids=INNOCENT.keys())
def test_what_is_no_credential_is_left_alone(program: str, book: RuleBook, tmp_path: Path) -> None:
    assert followed(book, tmp_path, {"C.kt": program + "\n"}) == set()


def test_files_of_a_package_see_each_others_names(book: RuleBook, tmp_path: Path) -> None:
    files = {
        "a/Settings.kt": f'package a\n\ninternal val seed = "{SECRET}"\n\nfun material() = seed\n',
        "a/Mail.kt": 'package a\n\nfun m() = Credentials.basic("u", material())\n',
    }
    assert followed(book, tmp_path, files) == {SECRET}


def test_a_function_that_another_file_holds_as_a_member_is_not_given_what_stands_here(
    book: RuleBook, tmp_path: Path
) -> None:
    files = {
        "shop/Held.kt": "package shop\nval open = Opener.open\n",
        "shop/Main.kt": "package shop\n" + "fun pad() { }\n" * 30 + f'fun main() {{ sink(open("{SECRET}")) }}\n'
        f'fun sink(given: String) {{ DriverManager.getConnection("url", "root", given); '
        f'DriverManager.getConnection("url", "root", "{SECRET}") }}\n',
    }
    assert followed(book, tmp_path, files) == {SECRET}
