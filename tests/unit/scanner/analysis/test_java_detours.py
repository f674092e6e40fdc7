"""Java programs in which a credential goes a long way: containers, fields, loops, and several classes and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password

SECRET = password("java")
SINK = 'void sink(String s) { new PasswordAuthentication("u", s.toCharArray()); } '

WAYS = {
    "a loop that is left": 'void m() { String d = null; while (true) { d = "{v}"; break; } sink(d); }',
    "an item of an array": 'void m() { String[] a = new String[5]; a[2] = "{v}"; n(a); } '
    "void n(String[] b) { sink(b[2]); }",
    "a vector": 'void m() { Vector<String> a = new Vector<String>(); a.add(0, "{v}"); n(a); } '
    "void n(Vector<String> b) { String d = b.remove(2); sink(d); }",
    "a map": 'void m() { HashMap<Integer, String> a = new HashMap<>(); a.put(0, "{v}"); n(a); } '
    "void n(HashMap<Integer, String> b) { sink(b.get(2)); }",
    "a static field": 'static String f; void m() { f = "{v}"; n(); } void n() { sink(f); }',
    "a field of a container": 'void m() { Box b = new Box(); b.in = "{v}"; n(b); } void n(Box c) { sink(c.in); } '
    "class Box { String in; }",
    "a setter and a getter": 'void m() { Box b = new Box(); b.setIn("{v}"); sink(b.getIn()); } '
    "class Box { String in; void setIn(String i) { this.in = i; } String getIn() { return in; } }",
    "an abstract class": 'void m() { Base b = new Impl(); b.go("{v}"); } class Base { } '
    'class Impl extends Base { void go(String s) { new PasswordAuthentication("u", s.toCharArray()); } }',
    "a class that calls what others do": 'abstract class Base { abstract void go(String s); void m() { go("{v}"); } } '
    'class Impl extends Base { void go(String s) { new PasswordAuthentication("u", s.toCharArray()); } }',
    "a stream of objects": "void m() { ByteArrayOutputStream b = new ByteArrayOutputStream(); "
    'ObjectOutputStream o = new ObjectOutputStream(b); o.writeObject("{v}"); '
    "ObjectInputStream i = new ObjectInputStream(new ByteArrayInputStream(b.toByteArray())); "
    "sink((String) i.readObject()); }",
    "a record": 'record R(String u, String s) {} void m() { R r = new R("u", "{v}"); sink(r.s()); }',
    "a cast": 'void m() { Object o = "{v}"; String d = (String) o; sink(d); }',
    "a loop over texts": 'void m() { for (String s : new String[] {"{v}"}) { sink(s); } }',
    "a stream": 'void m() { List.of("{v}").forEach(q -> sink(q)); }',
    "a key of Kerberos": 'void m() { new KerberosKey(principal, "{v}".toCharArray(), null); }',
    "a property's default": 'void m() { sink(System.getProperty("x", "{v}")); }',
}


@pytest.mark.parametrize("body", WAYS.values(), ids=WAYS.keys())
def test_a_credential_is_followed_on_its_way(body: str, book: RuleBook, tmp_path: Path) -> None:
    program = "class C { " + SINK + body.replace("{v}", SECRET) + " }"
    assert followed(book, tmp_path, {"C.java": program}) == {SECRET}


def test_the_name_of_a_property_is_no_password(book: RuleBook, tmp_path: Path) -> None:
    program = "class C { " + SINK + 'void m() { sink(System.getProperty("mail.password1")); } }'
    assert followed(book, tmp_path, {"C.java": program}) == set()


@pytest.mark.parametrize("length", [2, 3, 5])
def test_a_credential_is_followed_through_classes_that_pass_it_on(length: int, book: RuleBook, tmp_path: Path) -> None:
    files = {"p/A1.java": f'package p; class A1 {{ void bad() {{ (new A2()).go("{SECRET}"); }} }}'}
    for number in range(2, length):
        body = f"void go(String s) {{ (new A{number + 1}()).go(s); }}"
        files[f"p/A{number}.java"] = f"package p; class A{number} {{ {body} }}"
    last = 'void go(String s) { DriverManager.getConnection("url", "root", s); }'
    files[f"p/A{length}.java"] = f"package p; class A{length} {{ {last} }}"
    assert followed(book, tmp_path, files) == {SECRET}


def test_a_static_field_may_be_set_by_another_file(book: RuleBook, tmp_path: Path) -> None:
    files = {
        "p/A.java": f'package p; class A {{ void m() {{ B.data = "{SECRET}"; B.go(); }} }}',
        "p/B.java": "package p; class B { static String data; "
        'static void go() { new PasswordAuthentication("u", data.toCharArray()); } }',
    }
    assert followed(book, tmp_path, files) == {SECRET}


def test_a_class_may_be_called_through_what_it_is_based_on_in_another_file(book: RuleBook, tmp_path: Path) -> None:
    files = {
        "p/Opener.java": "package p; abstract class Opener { abstract void open(String word); "
        f'void run() {{ open("{SECRET}"); }} }}',
        "p/FileOpener.java": "package p; class FileOpener extends Opener { "
        'void open(String word) { new PasswordAuthentication("u", word.toCharArray()); } }',
    }
    assert followed(book, tmp_path, files) == {SECRET}


def test_the_password_of_a_header_may_come_from_another_file(book: RuleBook, tmp_path: Path) -> None:
    files = {
        "p/A.java": f'package p; class A {{ void m() {{ new B().go("{SECRET}"); }} }}',
        "p/B.java": "package p; class B { void go(String s) { "
        'String login = Base64.getEncoder().encodeToString(("u:" + s).getBytes()); '
        'connection.setRequestProperty("Authorization", "Basic " + login); } }',
    }
    assert followed(book, tmp_path, files) == {SECRET}


def test_a_password_may_be_words_with_a_dot_between(book: RuleBook, tmp_path: Path) -> None:
    chosen = f"{SECRET[:9]}.Tarn"
    program = f'class A {{ {SINK} void m() {{ sink("{chosen}"); sink("Config.Fields.Value"); }} }}'
    assert followed(book, tmp_path, {"A.java": program}) == {chosen}


def test_an_address_of_oracle_holds_no_password(book: RuleBook, tmp_path: Path) -> None:
    program = 'class A { void m() { DriverManager.getConnection("jdbc:oracle:thin:@//ledger:1521/XE", "u", word); } }'
    assert followed(book, tmp_path, {"A.java": program}) == set()


@pytest.mark.parametrize("chain", ['made("a").append("b")', 'other().made().append("b").append(part())'])
def test_a_chain_that_begins_with_a_call_on_nothing_comes_to_an_end(chain: str, book: RuleBook, tmp_path: Path) -> None:
    program = f'class A {{ {SINK} void m() {{ sink({chain}.toString()); sink("{SECRET}"); }} }}'
    assert followed(book, tmp_path, {"A.java": program}) == {SECRET}
