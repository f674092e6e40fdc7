"""Laws of the fingerprint: what may change around a finding, and what tells findings apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.config import Analysis, ScanConfig
from scanner.history.flow import scan_history
from scanner.model import Blob, Confidence, Finding
from scanner.pipeline import scan
from scanner.prefilter.choose import prepared
from scanner.rulebook.model import RuleBook
from scanner.sources import open_source
from tests.unit.scanner.conftest import TODAY
from tests.unit.scanner.making import Repository, password, token

_KEY = "\n".join(token(f"pem {number}", r"[A-Za-z0-9+/]{64}") for number in range(5))
_PIECES = (
    f'db_password = "{password("law one")}"',
    f'api_token = "{token("law two")}"',
    f'github = "{token("law three", "ghp_[A-Za-z0-9]{36}")}"',
    f'url = "postgres://ada:{password("law four").replace("#", "x")}@db.example.org/shop"',
    f'key = """-----BEGIN RSA PRIVATE KEY-----\n{_KEY}\n-----END RSA PRIVATE KEY-----"""',
    f'connect(user="ada", password="{password("law five")}")',
)
_UNRELATED = ("", "import os", "# a remark", "limit = 12", "names = ['one', 'two']", "print(limit)")
_PATHS = ("src/app.py", "app.conf", "deploy/app.sh")

texts = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6)
further = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(_UNRELATED)))
law = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def held(book: RuleBook, path: str, text: str, config: ScanConfig | None = None) -> list[Finding]:
    blobs = [Blob(path=path, data=text.encode())]
    return list(scan(blobs, book, config or ScanConfig(), today=TODAY).findings)


def prints(book: RuleBook, path: str, text: str, config: ScanConfig | None = None) -> list[str]:
    return [finding.fingerprint for finding in held(book, path, text, config)]


@law
@given(path=st.sampled_from(_PATHS), pieces=texts, between=further)
def test_unrelated_lines_may_come_and_go(
    book: RuleBook, path: str, pieces: list[str], between: list[tuple[int, str]]
) -> None:
    longer = list(pieces)
    for place, line in between:
        longer.insert(min(place, len(longer)), line)
    known = prints(book, path, "\n".join(pieces) + "\n")
    assert known
    assert prints(book, path, "\n".join(longer) + "\n") == known


@law
@given(path=st.sampled_from(_PATHS), pieces=texts)
def test_line_ends_do_not_count(book: RuleBook, path: str, pieces: list[str]) -> None:
    text = "\n".join(pieces) + "\n"
    assert prints(book, path, text.replace("\n", "\r\n")) == prints(book, path, text)


@law
@given(path=st.sampled_from(_PATHS), pieces=texts)
def test_findings_of_a_file_have_each_their_own(book: RuleBook, path: str, pieces: list[str]) -> None:
    known = prints(book, path, "\n".join([*pieces, *pieces]) + "\n")
    assert len(set(known)) == len(known)


@law
@given(seeds=st.tuples(st.integers(), st.integers()), path=st.sampled_from(_PATHS))
def test_the_value_is_not_in_it(book: RuleBook, seeds: tuple[int, int], path: str) -> None:
    one, other = (f'github_token = "{token(str(seed), "ghp_[A-Za-z0-9]{36}")}"\n' for seed in seeds)
    assert prints(book, path, one) == prints(book, path, other)


@law
@given(path=st.sampled_from(_PATHS), pieces=texts)
def test_program_analysis_and_a_lower_bar_leave_it_as_it_is(book: RuleBook, path: str, pieces: list[str]) -> None:
    text = "\n".join(pieces) + "\n"
    known = {(one.rule_id, one.span.start): one.fingerprint for one in held(book, path, text)}
    for config in (ScanConfig(analysis=Analysis.OFF), ScanConfig(min_confidence=Confidence.LOW)):
        seen = {(one.rule_id, one.span.start): one.fingerprint for one in held(book, path, text, config)}
        assert {place: seen[place] for place in known.keys() & seen} == {
            place: known[place] for place in known.keys() & seen
        }


def test_it_is_the_same_on_another_machine_from_another_folder_and_below_one(
    book: RuleBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for machine in ("one", "some/where/else"):
        top = tmp_path / machine
        top.mkdir(parents=True)
        repository = Repository(top)
        repository.commit([("src/deep/app.py", _PIECES[0] + "\n")])
        for folder, named in ((top, "."), (top / "src", "deep"), (tmp_path, str(top / "src" / "deep" / "app.py"))):
            monkeypatch.chdir(folder)
            (finding,) = scan(open_source([named]), book, ScanConfig()).findings
            seen.append((finding.path, finding.fingerprint))
    assert len(set(seen)) == 1
    assert seen[0][0] == "src/deep/app.py"
    assert os.sep == "/" or os.sep not in seen[0][0]


def test_a_line_that_is_staged_has_the_fingerprint_it_has_in_the_tree(book: RuleBook, repository: Repository) -> None:
    repository.commit([("app.conf", _PIECES[0] + "\n")])
    repository.write("app.conf", _PIECES[0] + "\n" + _PIECES[0] + "\n")
    repository.git("add", "-A")
    whole = scan(open_source([repository.top]), book, ScanConfig()).findings
    staged = scan(open_source([repository.top], staged=True), book, ScanConfig()).findings
    assert len(whole) == 2
    assert [one.fingerprint for one in staged] == [whole[1].fingerprint]


def test_a_history_knows_a_module_by_the_fingerprints_of_the_tree(book: RuleBook, repository: Repository) -> None:
    repository.commit([("src/app.py", "\n".join(_PIECES) + "\n")])
    tree = scan(open_source([repository.top]), book, ScanConfig()).findings
    past = scan_history(str(repository.top), book, ScanConfig(), prepared(book)).findings
    assert {one.fingerprint for one in past} == {one.fingerprint for one in tree}
