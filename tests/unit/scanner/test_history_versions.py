"""Versions of a file are sifted by what they add, with the same outcome as if each were sifted whole."""

from __future__ import annotations

import base64
import os
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.config import ScanConfig
from scanner.examine import Examiner
from scanner.history.shared import blocks, zones
from scanner.history.version import Reach, Version, hits_of
from scanner.prefilter.choose import Engine, prepared
from scanner.rulebook.model import RuleBook
from tests.unit.scanner.making import password, token

_BODY = token("body of a key", "[A-Za-z0-9+/]{64}")
_HEX = token("a digest", "[a-f0-9]{40}")
_KEY_KIND = "RSA " + "PRIVATE KEY"
_ENCODED = base64.b64encode(f'db_password = "{password("encoded")}"\n'.encode()).decode()
_LINES = [
    *(
        f"line {number} of a text that holds nothing, and goes on for a while so that files grow\n"
        for number in range(8)
    ),
    f'db_password = "{password("one")}"\n',
    f'    "api_key": "{token("two")}",\n',
    f"-----BEGIN {_KEY_KIND}-----\n",
    *(f"{_BODY[number:]}{_BODY[:number]}\n" for number in range(12)),
    f"-----END {_KEY_KIND}-----\n",
    f"- name: DB_PASSWORD\n  value: {password('three')}\n",
    f"token={token('four', 'ghp_[A-Za-z0-9]{36}')} # {_HEX}\n",
    f"{_ENCODED}\n",
    "\n",
    "no line end, and a password: ",
]

_texts = st.lists(st.sampled_from(_LINES), max_size=60)


@st.composite
def _histories(draw: st.DrawFn) -> list[bytes]:
    """Draw versions of a file, each made from the one before by replacing stretches of lines."""
    lines = draw(_texts)
    versions = ["".join(lines).encode()]
    for _ in range(draw(st.integers(1, 4))):
        for _ in range(draw(st.integers(1, 3))):
            start = draw(st.integers(0, len(lines)))
            end = draw(st.integers(start, min(len(lines), start + 8)))
            lines = [*lines[:start], *draw(st.lists(st.sampled_from(_LINES), max_size=4)), *lines[end:]]
        versions.append("".join(lines).encode())
    return versions


@pytest.fixture(scope="module")
def engine(book: RuleBook) -> Engine:
    return prepared(book)


@pytest.fixture
def examiner(book: RuleBook, engine: Engine) -> Examiner:
    return Examiner(book, ScanConfig(), os.urandom(32), date(2026, 1, 1), engine)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=_histories(), together=st.booleans())
def test_what_stands_in_a_version_does_not_depend_on_the_one_before(
    texts: list[bytes], together: bool, engine: Engine, examiner: Examiner
) -> None:
    reach = Reach(*engine.document["reach"])
    chain: list[Version] = []
    for text in texts:
        chain.append(Version(text, chain[-1] if chain else None, reach))
        if not together:
            _sifted(chain[-1:], reach, engine, examiner)
    if together:
        _sifted(chain, reach, engine, examiner)
    for text, version in zip(texts, chain, strict=True):
        alone = examiner.stood(text, engine.sieve.hits(text), engine.sieve)
        assert _targets(version) == {one.number for one in alone if one.digests}


def _sifted(chain: list[Version], reach: Reach, engine: Engine, examiner: Examiner) -> None:
    found = hits_of(chain, reach.fronts, engine.sieve)
    for version in chain:
        version.sifted(found.get(version, []), examiner, engine.sieve)


def _targets(version: Version) -> set[int]:
    return {one.number for one in version.stood if one.digests}


@given(old=_texts, new=_texts)
def test_common_blocks_hold_the_same_bytes_in_order_and_apart(old: list[str], new: list[str]) -> None:
    before, after = "".join(old).encode(), "".join(new).encode()
    ends = (0, 0)
    for old_start, start, size in blocks(before, after):
        assert size > 0
        assert old_start >= ends[0]
        assert start >= ends[1]
        assert before[old_start : old_start + size] == after[start : start + size]
        ends = (old_start + size, start + size)


@given(old=_texts, new=_texts, margin=st.sampled_from([1, 100, 600]))
def test_a_zone_lies_so_deep_in_its_block_that_a_match_that_ends_in_it_does_too(
    old: list[str], new: list[str], margin: int
) -> None:
    before, after = "".join(old).encode(), "".join(new).encode()
    for zone in zones(before, after, margin):
        whole_start = zone.block_start == 0 and zone.shift == 0
        assert whole_start or zone.start - margin >= zone.block_start
        assert whole_start or b"\n" in after[zone.block_start : zone.start - margin + 1]
        same_end = zone.block_end == len(after) and zone.block_end + zone.shift == len(before)
        assert same_end or zone.end + margin <= zone.block_end


def test_a_change_in_a_long_file_leaves_little_to_sift() -> None:
    lines = [f"line {number} of a long file that was changed in two places\n" for number in range(2_000)]
    old = "".join(lines).encode()
    lines[500] = 'password = "changed"\n'
    lines[1500] = "and here\n"
    version = Version("".join(lines).encode(), Version(old, None, Reach(600, [])), Reach(600, []))
    assert sum(end - start for start, end, _, _ in version.new) < 6_000


def test_a_key_whose_end_changes_far_from_its_begin_is_sifted_whole(engine: Engine, examiner: Examiner) -> None:
    begin, end = f"-----BEGIN {_KEY_KIND}-----\n", f"-----END {_KEY_KIND}-----\n"
    body = "".join(f"{_BODY[number % 50 :]}{_BODY[: number % 50]}\n" for number in range(40))
    above = "a line above\n" * 100
    chain = [Version((above + begin + body + "not ended\n").encode(), None, Reach(*engine.document["reach"]))]
    chain.append(Version((above + begin + body + end).encode(), chain[0], Reach(*engine.document["reach"])))
    _sifted(chain, Reach(*engine.document["reach"]), engine, examiner)
    assert not _targets(chain[0])
    assert _targets(chain[1])
