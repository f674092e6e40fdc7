"""Kotlin programs in which a credential goes through lambdas with receivers, pairs, unnamed objects and lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password, token

SECRET = password("kotlin-ways")
KEY = token("kotlin-ways")

USED = {
    "a function that a class is made of": (
        'class H(private val f: () -> String) { fun m() = Credentials.basic("u", f()) }\nval h = H { "{v}" }',
        SECRET,
    ),
    "a method of the object of a block": ('fun m() = Jedis("h", 6379).apply { auth("{v}") }', SECRET),
    "a property that is added to texts": (
        'val String.sealed: SecretKeySpec\n  get() = SecretKeySpec(this.toByteArray(), "AES")\nfun m() = "{v}".sealed',
        KEY,
    ),
    "pairs in a loop": ('val l = listOf("al" to "{v}")\nfun m() { for ((u, w) in l) Credentials.basic(u, w) }', SECRET),
    "entries that a function is given": (
        'val l = mapOf("al" to "{v}")\nfun m() = l.forEach { (u, w) -> Credentials.basic(u, w) }',
        SECRET,
    ),
    "a pair that is looked up": (
        (
            'val l = mapOf("a" to ("u" to "{v}"))\nfun m(n: String) {\n  val (u, w) = l.getValue(n)\n '
            " Credentials.basic(u, w)\n}"
        ),
        SECRET,
    ),
    "one of a list of objects": (
        (
            'data class A(val u: String, val w: String)\nval l = listOf(A("u", "{v}"))\nfun m(n: String) {\n  val a'
            " = l.first { it.u == n }\n  Credentials.basic(a.u, a.w)\n}"
        ),
        SECRET,
    ),
    "a constant of an enumeration": (
        (
            'enum class E(val w: String) {\n  A("{v}");\n  companion object {\n    fun of(n: String) ='
            ' values().first { it.name == n }\n  }\n}\nfun m(n: String) = Credentials.basic("u", E.of(n).w)'
        ),
        SECRET,
    ),
    "a lambda that a variable holds": (
        'val w: () -> String = { "{v}" }\nfun m() = Credentials.basic("u", w())',
        SECRET,
    ),
    "a field of a block's receiver": (
        (
            'data class A(val u: String, val w: String)\nval a = A("u", "{v}")\nfun m() = a.run {'
            " Credentials.basic(u, w) }"
        ),
        SECRET,
    ),
    "an object without a name": (
        (
            'interface W {\n  fun get(): String\n}\nval w = object : W {\n  override fun get() = "{v}"\n}\nfun m()'
            ' = Credentials.basic("u", w.get())'
        ),
        SECRET,
    ),
    "a default behind brackets": (
        'fun m(a: Map<String, String>) = Credentials.basic("u", a.getOrElse("w") { "{v}" })',
        SECRET,
    ),
    "a text that a block builds": (
        (
            'fun m() = DriverManager.getConnection(buildString {\n  append("jdbc:mysql://h/x?user=u&password=")\n '
            ' append("{v}")\n})'
        ),
        SECRET,
    ),
    "what is asked later": (
        'suspend fun m() = coroutineScope {\n  val w = async { "{v}" }\n  Credentials.basic("u", w.await())\n}',
        SECRET,
    ),
    "a set in which it is looked for": ('val keys = setOf("{v}")\nfun m(apiKey: String) = apiKey in keys', KEY),
    "two that are compared at once": (
        'fun m(u: String, password: String) = (u to password) == ("admin" to "{v}")',
        SECRET,
    ),
    "a method of what a block is given": ('fun m() { Jedis("h").use { it.auth("{v}") } }', SECRET),
    "a field of the build": (
        'android { defaultConfig { buildConfigField("String", "MAPS_API_KEY", "\\"{v}\\"") } }',
        KEY,
    ),
}

INNOCENT = {
    "names of screens": (
        'object R {\n  const val RESET_PASSWORD = "reset_password/{token}"\n  const val SECRET = "secret_screen1"\n}'
    ),
    "a query": '@Query("SELECT * FROM user WHERE token = :token1 LIMIT 1")\nfun byToken(token1: String): User',
}


@pytest.mark.parametrize(("program", "value"), USED.values(), ids=USED.keys())
def test_a_credential_is_followed_to_its_use(program: str, value: str, book: RuleBook, tmp_path: Path) -> None:
    assert value in followed(book, tmp_path, {"C.kt": program.replace("{v}", value) + "\n"})


@pytest.mark.parametrize("program", INNOCENT.values(), ids=INNOCENT.keys())
def test_what_is_no_credential_is_left_alone(program: str, book: RuleBook, tmp_path: Path) -> None:
    assert followed(book, tmp_path, {"C.kt": program + "\n"}) == set()
