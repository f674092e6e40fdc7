"""What a rewrite leaves alone: encodings, line endings, tabs, the missing last newline; and how it imports."""

from __future__ import annotations

import pytest

from remediation.errors import NotRewritable
from remediation.rewriters import splice
from remediation.rewriters.python import Fetch, rewrite
from remediation.rewriters.splice import Splice
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue
from tests.unit.remediation.building import made_up

VALUE = made_up(31)


def rewritten(data: bytes, accessor: str = "app_secrets") -> bytes:
    fetches, start = [], data.find(VALUE.encode())
    while start >= 0:
        span = Span(start=start, end=start + len(VALUE))
        fetches.append(Fetch(span=span, value=SecretValue(VALUE), name="app/x"))
        start = data.find(VALUE.encode(), start + 1)
    return rewrite(data, fetches, accessor)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'import os\r\nK = "%s"\r\n', b'import os\r\nfrom app_secrets import secret\r\nK = secret("app/x")\r\n'),
        (b'import os\nK = "%s"', b'import os\nfrom app_secrets import secret\nK = secret("app/x")'),
        (b'\xef\xbb\xbfK = "%s"\n', b'\xef\xbb\xbffrom app_secrets import secret\n\nK = secret("app/x")\n'),
        (
            b'# coding: latin-1\nX = "\xe9\xe9"\nK = "%s"\n',
            b'# coding: latin-1\nfrom app_secrets import secret\n\nX = "\xe9\xe9"\nK = secret("app/x")\n',
        ),
        (
            b'import os\nif os:\n\tK = "%s"  \n\n\n',
            b'import os\nfrom app_secrets import secret\nif os:\n\tK = secret("app/x")  \n\n\n',
        ),
        (
            'import os\nX = "é→"; K = "%s"\n'.encode(),
            'import os\nfrom app_secrets import secret\nX = "é→"; K = secret("app/x")\n'.encode(),
        ),
        (b'import os\n\x0c\nK = "%s"\n', b'import os\nfrom app_secrets import secret\n\x0c\nK = secret("app/x")\n'),
        (b'import os; K = "%s"\n', b'from app_secrets import secret\n\nimport os; K = secret("app/x")\n'),
    ],
    ids=["crlf", "no-last-newline", "bom", "latin-1", "tabs", "utf-8", "form-feed", "one-line"],
)
def test_everything_but_literal_and_import_stays_byte_for_byte(before: bytes, after: bytes) -> None:
    assert rewritten(before.replace(b"%s", VALUE.encode())) == after


def test_an_accessor_that_is_imported_already_is_used_as_it_is() -> None:
    before = f'from .app_secrets import secret as s\nA = s("a/b")\nK = "{VALUE}"\n'.encode()

    assert rewritten(before, ".app_secrets") == b'from .app_secrets import secret as s\nA = s("a/b")\nK = s("app/x")\n'


def test_a_rewritten_file_has_nothing_left_to_rewrite() -> None:
    once = rewritten(f'K = "{VALUE}"\n'.encode())

    assert rewritten(once) == once


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (b'X = "k %s of %%s" % h', b"X = f\"k {secret('app/x').replace('%', '%%')} of %s\" % h"),
        (
            b'X = "k %s of {}".format(h)',
            b"X = f\"k {secret('app/x').replace('{', '{{').replace('}', '}}')} of {{}}\".format(h)",
        ),
    ],
)
def test_a_value_in_a_template_stands_for_itself_whatever_it_becomes(line: bytes, written: bytes) -> None:
    assert rewritten(line.replace(b"%s", VALUE.encode(), 1).replace(b"%%s", b"%s") + b"\n").splitlines()[-1] == written


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(NotRewritable):
        splice.apply(b"abcdef", [Splice(start=0, end=3, text=b""), Splice(start=2, end=4, text=b"x")])
