"""Scala programs in which a credential goes through patterns, cases, loops over options and functions with holes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password, token

SECRET = password("scala-ways")
KEY = token("scala-ways")

USED = {
    "what a loop over an option yields": (
        'object O { def m() = BasicHttpCredentials("u", (for (w <- Option("{v}")) yield w).getOrElse("")) }',
        SECRET,
    ),
    "a method that is added to texts": (
        'object K { implicit class Ops(s: String) { def asKey = new SecretKeySpec(s.getBytes, "AES") }; '
        'val k = "{v}".asKey }',
        KEY,
    ),
    "a value that is taken apart": (
        ('case class L(u: String, w: String)\nobject O { val L(u, w) = L("u", "{v}"); BasicHttpCredentials(u, w) }'),
        SECRET,
    ),
    "a case that takes its subject apart": (
        (
            "case class L(u: String, w: String)\nobject O { def m(l: L) = l match { case L(u, w) =>"
            ' BasicHttpCredentials(u, w) }; m(L("u", "{v}")) }'
        ),
        SECRET,
    ),
    "cases that a method is given": (
        'object O { Map("u" -> "{v}").foreach { case (u, w) => BasicHttpCredentials(u, w) } }',
        SECRET,
    ),
    "cases that a variable holds": (
        (
            'object O { val f: PartialFunction[String, String] = { case "p" => "{v}" }; def m ='
            ' BasicHttpCredentials("u", f("p")) }'
        ),
        SECRET,
    ),
    "pairs in a loop": ('object O { for ((u, w) <- Seq(("al", "{v}"))) BasicHttpCredentials(u, w) }', SECRET),
    "an option in a loop": ('object O { def m = for { w <- Some("{v}") } yield BasicHttpCredentials("u", w) }', SECRET),
    "an option that is mapped": (
        'object O { val t = Map("w" -> "{v}"); def m = t.get("w").map(x => BasicHttpCredentials("u", x)) }',
        SECRET,
    ),
    "a call with a hole": ('object O { Seq("{v}").map(BasicHttpCredentials("u", _)) }', SECRET),
    "a class without a name": (
        (
            'trait W { def w: String; def m = BasicHttpCredentials("u", w) }\nobject O { val a = new W { def w ='
            ' "{v}" } }'
        ),
        SECRET,
    ),
    "maps in a map": (
        'object O { val t = Map("a" -> Map("w" -> "{v}")); def m = BasicHttpCredentials("u", t("a")("w")) }',
        SECRET,
    ),
    "a tuple that is looked up": (
        (
            'object O { val t = Map("a" -> ("u", "{v}")); def m(n: String) = { val (u, w) = t(n);'
            " BasicHttpCredentials(u, w) } }"
        ),
        SECRET,
    ),
    "what is recovered": (
        'object O { val w = Try(load()).recover { case _ => "{v}" }.get; def m = BasicHttpCredentials("u", w) }',
        SECRET,
    ),
    "settings with quotes of their own": (
        'object O { val c = ConfigFactory.parseString("db.password = \\"{v}\\"") }',
        SECRET,
    ),
    "a default of a setting that says what it is": (
        'class C(c: Configuration) { use(c.getOptional[String]("jwt.secret").getOrElse("{v}")) }',
        KEY,
    ),
    "a pattern that names a class": (
        'object O { val a: P = { case BasicCredentials("admin", "{v}") => true; case _ => false } }',
        SECRET,
    ),
    "one of several patterns": (
        'object O { def m(token: String) = token match { case "x" | "{v}" => true; case _ => false } }',
        KEY,
    ),
    "an option that holds it": ('object O { def m(r: Request) = r.getQueryString("token").contains("{v}") }', KEY),
}

INNOCENT = {
    "constants in patterns": (
        'object O { def m(k: String) = k match { case Password => "password-login-1"; case Token => "token-2" } }'
    ),
    "rules of a field": 'object O { val rules = Map("password" -> "required|min:8") }',
}


@pytest.mark.parametrize(("program", "value"), USED.values(), ids=USED.keys())
def test_a_credential_is_followed_to_its_use(program: str, value: str, book: RuleBook, tmp_path: Path) -> None:
    assert value in followed(book, tmp_path, {"C.scala": program.replace("{v}", value) + "\n"})


@pytest.mark.parametrize("program", INNOCENT.values(), ids=INNOCENT.keys())
def test_what_is_no_credential_is_left_alone(program: str, book: RuleBook, tmp_path: Path) -> None:
    assert followed(book, tmp_path, {"C.scala": program + "\n"}) == set()
