"""Scala programs: credentials that are followed to where they are used, and texts that only look like some."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password, token

SECRET = password("scala")
KEY = token("scala")

USED = {
    "a value of an object": ('object O { val a = "{v}" }\nclass C { def m = BasicHttpCredentials("u", O.a) }', SECRET),
    "a method that is read like a value": ('object O { def a = "{v}"; def m = BasicHttpCredentials("u", a) }', SECRET),
    "a default of a class": (
        'case class S(n: String, c: String = "{v}")\nclass C(s: S = S("u")) { def m = BasicHttpCredentials(s.n, s.c) }',
        SECRET,
    ),
    "a value of a trait": (
        'trait T { val a = "{v}" }\nclass C extends B with T { def m = BasicHttpCredentials("u", a) }',
        SECRET,
    ),
    "what the object below answers": (
        'trait T { def a: String; def m = BasicHttpCredentials("u", a) }\nobject O extends T { def a = "{v}" }',
        SECRET,
    ),
    "the second list of arguments": (
        'object O { def f(a: String)(b: String) = BasicHttpCredentials(a, b); def m = f("u")("{v}") }',
        SECRET,
    ),
    "what an object is applied to": (
        'object O { def apply(a: String) = BasicHttpCredentials("u", a) }\nclass C { val m = O("{v}") }',
        SECRET,
    ),
    "a default of a method": ('object O { def m(a: String = "{v}") = BasicHttpCredentials("u", a) }', SECRET),
    "a named argument": (
        'object O { def f(a: String) = BasicHttpCredentials("u", a); def m = f(a = "{v}") }',
        SECRET,
    ),
    "an argument of a class that is extended": (
        'object P extends B("{v}")\nabstract class B(w: String) { def m = BasicHttpCredentials("u", w) }',
        SECRET,
    ),
    "a tuple": ('object O { def t = ("u", "{v}"); def m = { val (a, b) = t; BasicHttpCredentials(a, b) } }', SECRET),
    "an arm of a match": (
        'object O { def m(k: Int) = BasicHttpCredentials("u", k match { case 1 => "{v}"; case _ => "" }) }',
        SECRET,
    ),
    "a default of an option": (
        'object O { val e = sys.env.getOrElse("X", "{v}"); def m = BasicHttpCredentials("u", e) }',
        SECRET,
    ),
    "a default between names": (
        'object O { val e = sys.props.get("a") getOrElse "{v}"; def m = BasicHttpCredentials("u", e) }',
        SECRET,
    ),
    "an entry of a map": (
        'object O { val t = Map("x" -> "{v}"); def m = BasicHttpCredentials("u", t("x")) }',
        SECRET,
    ),
    "elements of a list": ('object O { for (a <- List("{v}")) BasicHttpCredentials("u", a) }', SECRET),
    "a method without brackets": ('object O { new PasswordAuthentication("u", "{v}".toCharArray) }', SECRET),
    "an interpolated text": ('object O { val a = "{v}"; BasicHttpCredentials("u", s"$a") }', SECRET),
    "the last expression of a block": (
        'object O { def f(x: Int): String = { val y = "{v}"; y }; def m = BasicHttpCredentials("u", f(1)) }',
        SECRET,
    ),
    "a key of a signature": ('object O { def m(c: JwtClaim) = JwtCirce.encode(c, "{v}", JwtAlgorithm.HS256) }', KEY),
    "a header that is compared": (
        'object O { val r = headerValueByName("X-Admin-Token") { sent => if (sent == "{v}") a else b } }',
        KEY,
    ),
}

INNOCENT = {
    "the name of a variable": 'object O { BasicHttpCredentials("u", sys.env("DB_PASSWORD_1")) }',
    "the path of a setting": 'object O { BasicHttpCredentials("u", config.getString("db.password1")) }',
    "a label": 'case object Password extends Kind("password-login-1")',
    "a name that is compared": 'object O { def m(f: String) = f match { case "dbPassword1" => 1; case _ => 2 } }',
}


@pytest.mark.parametrize(("program", "value"), USED.values(), ids=USED.keys())
def test_a_credential_is_followed_to_its_use(program: str, value: str, book: RuleBook, tmp_path: Path) -> None:
    assert value in followed(book, tmp_path, {"C.scala": program.replace("{v}", value) + "\n"})


@pytest.mark.parametrize("program", INNOCENT.values(), ids=INNOCENT.keys())
def test_what_is_no_credential_is_left_alone(program: str, book: RuleBook, tmp_path: Path) -> None:
    assert followed(book, tmp_path, {"C.scala": program + "\n"}) == set()
