"""Java programs in which other classes, settings and annotations say what a credential is."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password

SECRET = password("java classes")
SINK = 'DriverManager.getConnection("jdbc:x", "u", '

WAYS = {
    "a constant of an interface": {
        "p/Names.java": 'package p; interface Names { String WORD = "{v}"; }',
        "p/A.java": f"package p; class A implements Names {{ void m() {{ {SINK}WORD); }} }}",
    },
    "a field of the class above": {
        "p/Base.java": 'package p; class Base { String word = "{v}"; }',
        "p/A.java": f"package p; class A extends Base {{ void m() {{ {SINK}word); }} }}",
    },
    "what the class below answers": {
        "p/Base.java": f"package p; abstract class Base {{ abstract String word(); void m() {{ {SINK}word()); }} }}",
        "p/A.java": 'package p; class A extends Base { String word() { return "{v}"; } }',
    },
    "what an implementation answers": {
        "p/Words.java": "package p; interface Words { String word(); }",
        "p/Fixed.java": 'package p; class Fixed implements Words { public String word() { return "{v}"; } }',
        "p/A.java": f"package p; class A {{ Words words; void m() {{ {SINK}words.word()); }} }}",
    },
    "the only object of its class": {
        "p/One.java": "package p; class One { static final One I = new One(); static One one() { return I; } "
        'private String word = "{v}"; String word() { return word; } }',
        "p/A.java": f"package p; class A {{ void m() {{ {SINK}One.one().word()); }} }}",
    },
    "a setter that a tool writes": {
        "p/Box.java": "package p; @Data class Box { private String word; }",
        "p/A.java": 'package p; class A { void m() { Box b = new Box(); b.setWord("{v}"); '
        + SINK
        + "b.getWord()); } }",
    },
    "a constant of an enumeration": {
        "p/A.java": 'package p; class A { enum E { X("{v}"); final String w; E(String w) { this.w = w; } } '
        f"void m() {{ {SINK}E.X.w); }} }}",
    },
    "a choice with blocks": {
        "p/A.java": 'package p; class A { void m(int k) { String w = switch (k) { case 1: yield "{v}"; '
        f"default: yield null; }}; {SINK}w); }} }}",
    },
    "the rest of the arguments": {
        "p/A.java": f'package p; class A {{ void o(String... a) {{ {SINK}a[1]); }} void m() {{ o("u", "{{v}}"); }} }}',
    },
    "a copied array": {
        "p/A.java": 'package p; class A { void m() { char[] a = "{v}".toCharArray(); char[] b = new char[9]; '
        "System.arraycopy(a, 0, b, 0, 9); new PBEKeySpec(b); } }",
    },
    "a reference to a method": {
        "p/A.java": 'package p; class A { static String w() { return "{v}"; } '
        f"void m() {{ Supplier<String> s = A::w; {SINK}s.get()); }} }}",
    },
    "a default in an annotation": {
        "p/A.java": f'package p; class A {{ @Value("${{app.word:{{v}}}}") String word; void m() {{ {SINK}word); }} }}',
    },
    "a class by its whole name": {
        "p/A.java": 'package p; class A { void m() { java.sql.DriverManager.getConnection("jdbc:x", "u", "{v}"); } }',
    },
    "a getter of a credential": {
        "p/A.java": 'package p; class A extends Bot { public String getBotToken() { return "{v}"; } }',
    },
    "a property file": {
        "conf/app.properties": "app.word={v}\n",
        "p/A.java": f'package p; class A {{ void m(Properties s) {{ {SINK}s.getProperty("app.word")); }} }}',
    },
}


@pytest.mark.parametrize("files", WAYS.values(), ids=WAYS.keys())
def test_a_credential_is_found_where_it_comes_from(files: dict[str, str], book: RuleBook, tmp_path: Path) -> None:
    written = {path: text.replace("{v}", SECRET) for path, text in files.items()}
    assert followed(book, tmp_path, written) == {SECRET}


def test_a_map_gives_what_stands_under_the_key_that_is_asked_for(book: RuleBook, tmp_path: Path) -> None:
    held = f'Map<String, String> held = Map.of("trace", "{SECRET}", "word", System.getenv("W"));'
    files = {"A.java": f'class A {{ {held} void m() {{ {SINK}held.get("word")); }} }}'}
    assert followed(book, tmp_path, files) == set()
