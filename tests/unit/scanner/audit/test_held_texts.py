"""A stored value is among the texts of a file however somebody has typed it in, and is found where it stands."""

from __future__ import annotations

import base64
import json
import os
import shlex
from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.audit.held.digests import TokenDigests
from scanner.audit.held.places import locate
from strongroom.kernel.likeness import DIGEST_SIZE, digester, plain_form
from tests.testing.credentials import made_up_credential

KEY = os.urandom(32)
Write = Callable[[str], str]


def digest(text: str | bytes) -> bytes:
    """Return the digest of a text, of bytes as they are."""
    return digester(KEY)(text if isinstance(text, bytes) else plain_form(text.encode()))


def digests(*files: bytes, room: int = 600_000) -> set[bytes]:
    """Return the digests of all texts of files."""
    delivered: list[bytes] = []
    collected = TokenDigests(KEY, delivered.append, room=room)
    for file in files:
        collected.feed(file)
    collected.flush()
    data = b"".join(delivered)
    return {data[start : start + DIGEST_SIZE] for start in range(0, len(data), DIGEST_SIZE)}


def placed(data: bytes, *texts: str | bytes) -> list[tuple[bytes, str]]:
    """Return the stretches of a file that hold texts, with their encodings."""
    found = locate(data, {digest(each) for each in texts}, KEY)
    return [(data[place.start : place.end], place.encoding) for place in found]


def b64(text: str) -> str:
    """Return a text in base64."""
    return base64.b64encode(text.encode()).decode()


ANY: dict[str, Write] = {
    "a JSON string": lambda value: json.dumps({"a": 1, "password": value, "z": [2]}),
    "a JSON string without spaces": lambda value: json.dumps({"password": value, "z": [2]}, separators=(",", ":")),
    "a JSON string in a JSON string": lambda value: json.dumps({"file": json.dumps({"password": value})}),
    "a Python literal": lambda value: f"PASSWORD = {value!r}  # the password\n",
    "an argument in Python": lambda value: f'connect("db", user={"someone"!r}, password={value!r}, port=1)\n',
    "a YAML string": lambda value: yaml.safe_dump({"db": {"password": value}, "more": ["x"]}, width=10_000),
    "a YAML string in quotes": lambda value: f"- password: {json.dumps(value)}\n  user: me\n",
    "an attribute in XML": lambda value: f'<add key="Password" value="{escape(value)}"/>\n',
    "an element in XML": lambda value: f"<db><password>{escape(value, quote=False)}</password></db>\n",
    "base64 on a line": lambda value: f"data:\n  password: {b64(value)}\n",
    "base64 with a line feed in it": lambda value: f"  password: {b64(value + chr(10))}\n",
    "base64 without its padding": lambda value: f"token={b64(value).rstrip('=')};",
    "base64 for addresses": lambda value: "x/" + b64(value).replace("+", "-").replace("/", "_") + "\n",
    "base64 in base64": lambda value: f'"{b64(b64(value))}"\n',
    "base64 in JSON in base64": lambda value: b64(json.dumps({"data": {"k": b64(value)}})),
    "hex": lambda value: f"key = {value.encode().hex()}\n",
    "hex in capitals": lambda value: f"key: '{value.encode().hex().upper()}'\n",
    "percent signs": lambda value: f"https://someone:{quote(value, safe='')}@host.example/path\n",
    "percent signs in a query": lambda value: f"GET /login?user=me&password={quote(value, safe='')}&x=1\n",
    "escapes of bytes": lambda value: '"' + "".join(f"\\x{byte:02x}" for byte in value.encode()) + '"',
    "octal escapes": lambda value: '"' + "".join(f"\\{byte:03o}" for byte in value.encode()) + '"',
    "escapes of characters": lambda value: '"' + "".join(f"\\u{ord(sign):04x}" for sign in value) + '"',
    "SQL": lambda value: "ALTER USER me PASSWORD '" + value.replace("'", "''") + "';\n",
    "a shell's word": lambda value: f"login me {shlex.quote(value)} now\n",
    "a cell in quotes": lambda value: 'me,"' + value.replace('"', '""') + '",db\n',
    "a list of bytes": lambda value: "{" + ", ".join(f"{byte:#04x}" for byte in value.encode()) + "}\n",
}
"""Ways that can hold any text."""
PLAIN: dict[str, Write] = {
    "a dotenv file": lambda value: f"export USER=me\nPASSWORD={value}\nLAST=1\n",
    "properties": lambda value: f"db.user = me\r\ndb.password = {value}\r\n",
    "YAML without quotes": lambda value: f"db:\n  password: {value}\n",
    "an address": lambda value: f'url = "postgres://me:{value}@host:5432/db"\n',
    "a connection string": lambda value: f'"Server=db;Database=x;User Id=me;Password={value};Timeout=3"\n',
    "an option": lambda value: f"mysql --user me --password={value} -h db\n",
    "an argument of a command": lambda value: f"login me {value}\n",
    "basic credentials": lambda value: f"curl -u me:{value} https://host\n",
    "prose": lambda value: f"The password (see above) is {value}.\n",
    "a table": lambda value: f"| me | {value} | db |\n",
    "a list": lambda value: f"me,{value},db\n",
    "a shell's quotes": lambda value: f"export PASSWORD='{value}'; run\n",
    "bold": lambda value: f"password: **{value}**\n",
    "a comment": lambda value: f"// password={value}, do not tell\n",
    "a file of its own": lambda value: f"{value}\n",
}
"""Ways that can hold what has no white space and none of their own signs."""

SAFE = st.text("ABCxyz0189-_.$!+~^", min_size=6, max_size=40).filter(lambda text: text.strip(".") == text)
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=60).filter(
    lambda text: text.strip() == text
)


@pytest.mark.parametrize("way", ANY)
@given(value=PRINTABLE)
@example(value="q\"u\\o't`e<d>&;=:,#% x")
@example(value="passphrase of many words")
def test_any_text_is_among_the_texts_of_a_file_that_spells_it(way: str, value: str) -> None:
    assert digest(value) in digests(ANY[way](value).encode())


@pytest.mark.parametrize("way", PLAIN)
@given(value=SAFE)
def test_a_text_is_among_the_texts_of_a_file_that_has_it_as_it_is(way: str, value: str) -> None:
    assert digest(value) in digests(PLAIN[way](value).encode())


@pytest.mark.parametrize("way", {**ANY, **PLAIN})
def test_what_is_found_is_found_where_it_stands(way: str) -> None:
    value = made_up_credential(24)
    data = f"first line\n{ {**ANY, **PLAIN}[way](value) }last line\n".encode()
    places = placed(data, value)
    assert places
    for stretch, encoding in places:
        assert stretch == value.encode() if encoding == "plain" else digest(value) in digests(stretch)


@given(value=st.binary(min_size=16, max_size=200))
@pytest.mark.parametrize("write", [base64.b64encode, base64.urlsafe_b64encode, bytes.hex, base64.encodebytes])
def test_bytes_that_are_no_text_are_found_encoded(write: Callable[[bytes], str | bytes], value: bytes) -> None:
    written = write(value)
    data = b"key: " + (written if isinstance(written, bytes) else written.encode()) + b"\n"
    assert digest(value) in digests(data)


def test_a_file_is_found_as_a_whole_whether_text_or_not() -> None:
    text, raw = f"{{\n  'a': {made_up_credential()},\n}}\n", os.urandom(300) + b"\0"
    assert digest(text) in digests(text.encode())
    assert digest(raw) in digests(raw)


KEY_LINES = ["-----BEGIN MADE UP KEY-----", *(base64.b64encode(os.urandom(48)).decode() for _ in range(5))]
PEM = "\n".join([*KEY_LINES, "-----END MADE UP KEY-----"])


@pytest.mark.parametrize(
    "file",
    [
        f"x = 1\n{PEM}\ny = 2\n",
        f"x = 1\r\n{PEM}\r\n".replace("\n", "\r\n"),
        "key: |\n" + "".join(f"    {line}\n" for line in PEM.split("\n")) + "next: 1\n",
        json.dumps({"private_key": f"{PEM}\n"}),
        f'KEY = """\n{PEM}\n"""\n',
        f"  tls.key: {b64(PEM)}\n",
        base64.encodebytes(PEM.encode()).decode(),
    ],
    ids=["plain", "Windows", "YAML", "JSON", "Python", "base64", "base64 in lines"],
)
def test_a_key_of_many_lines_is_found_however_it_is_laid_out(file: str) -> None:
    assert digest(PEM) in digests(file.encode())
    ((stretch, _),) = placed(file.encode(), PEM)
    assert digest(PEM) in digests(b'"' + stretch + b'"')


def test_a_text_in_utf_16_is_found_where_it_stands() -> None:
    value = made_up_credential()
    data = f'password = "{value}"\r\n'.encode("utf-16")
    assert digest(value) in digests(data)
    assert placed(data, value) == [(value.encode("utf-16-le"), "utf-16")]


def test_base64_of_utf_16_is_found() -> None:
    value = made_up_credential()
    data = b"run " + base64.b64encode(f"$password = '{value}'".encode("utf-16-le"))
    assert digest(value) in digests(data)
    assert [encoding for _, encoding in placed(data, value)] == ["base64+utf-16"]


def test_plain_and_encoded_have_a_place_each_and_so_has_each_line() -> None:
    value = made_up_credential()
    data = f"a={value}\nb={value}x\nc={b64(value)}\nd={value}\n".encode()
    spots = [(place.start, place.encoding) for place in locate(data, {digest(value)}, KEY)]
    assert spots == [(2, "plain"), (data.index(b"c=") + 2, "base64"), (data.index(b"d=") + 2, "plain")]


def test_the_encodings_are_told_from_the_outermost_on() -> None:
    value = made_up_credential()
    spelled = json.dumps({"a": f"line\n{value.encode().hex()}"})
    data = base64.b64encode(spelled.encode())
    assert placed(data, value) == [(data, "base64+escapes+hex")]


def test_other_texts_have_no_place() -> None:
    assert locate(f"password = '{made_up_credential()}'".encode(), {digest(made_up_credential())}, KEY) == []


@pytest.mark.parametrize("way", {**ANY, **PLAIN})
def test_a_place_has_the_text_that_it_spells_and_does_not_show_it(way: str) -> None:
    value = made_up_credential(24)
    (first, *_) = locate({**ANY, **PLAIN}[way](value).encode(), {digest(value)}, KEY)
    assert first.value.reveal_text() == value
    assert value not in repr(first)


@given(value=PRINTABLE)
def test_a_stretch_that_spells_a_text_does_so_by_itself(value: str) -> None:
    stretch = json.dumps(value)[1:-1].encode()
    assert digest(value) in digests(stretch)
    assert digest(value) in digests(base64.b64encode(stretch))


@given(
    values=st.lists(SAFE, min_size=1, max_size=4, unique=True),
    others=st.lists(st.text(max_size=60), max_size=8),
    room=st.integers(min_value=2, max_value=20),
)
def test_little_memory_finds_the_same(values: list[str], others: list[str], room: int) -> None:
    files = [*(text.encode("utf-8", "replace") for text in others), *(f"a={each}\n".encode() for each in values)]
    assert digests(*files, *reversed(files)) <= digests(*files, *reversed(files), room=room)


@given(st.binary(max_size=400))
def test_whatever_a_file_holds_it_is_read_and_looked_at(data: bytes) -> None:
    found = digests(data)
    places = locate(data, found, KEY)
    assert all(0 <= place.start < place.end <= len(data) for place in places)
