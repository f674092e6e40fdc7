"""Keys that programs write as lists of numbers: which are left to a person, and why."""

from __future__ import annotations

import pytest

from remediation import programs
from remediation.errors import NotRewritable
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue
from tests.unit.remediation.test_configuration import octets

KEY = octets("1")
LISTED = ", ".join(str(one) for one in KEY)
FILES = {"go.mod": b"module example.com/shop\n", "package.json": b"{}\n", "a.csproj": b"<Project></Project>\n"}


def judged(path: str, text: str, listed: str = LISTED) -> programs.Use:
    data = text.replace("{}", listed).encode()
    start = data.find(listed.encode())
    span = Span(start=start, end=start + len(listed))
    return programs.judge(path, {**FILES, path: data}, span, SecretValue(KEY.hex()))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.go", "package shop\n\nvar key = []byte{{}}\n"),
        ("a.go", "package shop\n\nvar key = []uint8{{}}\n"),
        ("A.java", "class A { byte[] key = {{}}; }"),
        ("A.java", "class A { Object f() { return new byte [ ] {{}}; } }"),
        ("a.cs", "class A { byte[] key = {{}}; }"),
        ("a.cs", "class A { object key = new byte[16] {{}}; }"),
        ("a.kt", "val key = byteArrayOf({})"),
    ],
)
def test_the_bytes_of_a_list_are_what_is_stored(path: str, text: str) -> None:
    assert judged(path, text).secret == SecretValue(KEY)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.go", "package shop\n\nvar key = [16]byte{{}}\n"),
        ("a.go", "package shop\n\nvar key = []int{{}}\n"),
        ("a.go", "package shop\n\ntype Key []byte\n\nvar key = Key{{}}\n"),
        ("A.java", "class A { int[] key = {{}}; }"),
        ("A.java", "class A { byte key[] = {{}}; }"),
        ("a.cs", "class A { int[] key = new[] {{}}; }"),
        ("a.kt", "val key = intArrayOf({})"),
    ],
)
def test_a_list_that_the_program_takes_for_something_else_than_bytes_is_left(path: str, text: str) -> None:
    with pytest.raises(NotRewritable) as refusal:
        judged(path, text)

    assert "become bytes in a way that is not known" in refusal.value.reason


def test_comments_among_the_bytes_are_not_lost() -> None:
    listed = LISTED.replace(", ", ", // next\n", 1)

    with pytest.raises(NotRewritable) as refusal:
        judged("A.java", "class A { byte[] key = {{}}; }", listed)

    assert "comments stand among the bytes" in refusal.value.reason


def test_a_list_with_signs_is_none_of_bytes_in_javascript() -> None:
    listed = ", ".join(str(one - 256 if one > 127 else one) for one in KEY)

    with pytest.raises(NotRewritable) as refusal:
        judged("a.js", "const key = [{}];\n", listed)

    assert "from 0 to 255" in refusal.value.reason


def test_a_list_in_a_constant_of_a_type_stays() -> None:
    with pytest.raises(NotRewritable):
        judged("a.ts", "const key = [{}] as const;\n")
