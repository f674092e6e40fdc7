"""What a finding carries: fingerprint, links between equal values, suppressions, confidence."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.config import Analysis, ScanConfig, excluded, load_config
from scanner.lines import LineIndex
from scanner.model import Blob, Confidence, EvidenceKind, ScanResult, Span, SuppressedBy
from scanner.pipeline import scan
from scanner.rulebook.model import RuleBook
from strongroom.kernel.errors import UsageError
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password, token

PW = password("findings")
OTHER = password("another")
LINE = f'DB_PASSWORD = "{PW}"\n'


def test_a_fingerprint_survives_a_shift_of_lines(found: Found) -> None:
    (before,) = found("a.py", LINE)
    (after,) = found("a.py", "import os\n\n\n" + LINE)
    assert before.fingerprint == after.fingerprint


def test_a_fingerprint_does_not_depend_on_the_value(found: Found) -> None:
    (one,) = found("a.py", LINE)
    (other,) = found("a.py", LINE.replace(PW, OTHER))
    assert one.fingerprint == other.fingerprint


def test_equal_lines_of_one_file_have_fingerprints_of_their_own(found: Found) -> None:
    findings = found("a.py", LINE + LINE)
    assert len({finding.fingerprint for finding in findings}) == 2


@pytest.mark.parametrize(("path", "line"), [("b.py", LINE), ("a.py", f'ROOT_PASSWORD = "{PW}"\n')])
def test_another_place_or_name_has_another_fingerprint(path: str, line: str, found: Found) -> None:
    (one,), (other,) = found("a.py", LINE), found(path, line)
    assert one.fingerprint != other.fingerprint


def test_equal_values_share_a_secret_id_within_a_report_and_not_across(scan_text: Callable[..., ScanResult]) -> None:
    first = scan_text("a.py", LINE + f'login(password="{PW}")\n').findings
    again = scan_text("a.py", LINE).findings
    assert first[0].secret_id == first[1].secret_id != again[0].secret_id


@pytest.mark.parametrize(
    "marker",
    [
        "pragma: allowlist secret",
        "gitleaks:allow",
        "betterleaks:allow",
        "trufflehog:ignore",
        "ggignore",
        "strongroom:allow database-password",
        'strongroom:allow jwt,database-password reason="a test" expires=2026-01-15',
        "strongroom:allow *",
    ],
)
def test_an_inline_marker_suppresses_and_the_finding_is_kept(marker: str, found: Found) -> None:
    (finding,) = found("a.py", LINE.rstrip() + f"  # {marker}\n")
    assert finding.suppressed_by is SuppressedBy.INLINE


@pytest.mark.parametrize(
    "marker",
    [
        "strongroom:allow jwt",
        "strongroom:allow database-password expires=2026-01-14",
        "strongroom:allow database-password expires=2026-99-99",
        "noqa",
        "pragma: allowlist nextline secret",
    ],
)
def test_a_marker_for_something_else_or_expired_does_not_suppress(marker: str, found: Found) -> None:
    (finding,) = found("a.py", LINE.rstrip() + f"  # {marker}\n")
    assert finding.suppressed_by is None


def test_a_nextline_marker_suppresses_the_line_below(found: Found) -> None:
    (finding,) = found("a.py", "# pragma: allowlist nextline secret\n" + LINE)
    assert finding.suppressed_by is SuppressedBy.INLINE


def test_suppressed_findings_are_not_open(scan_text: Callable[..., ScanResult]) -> None:
    result = scan_text("a.py", LINE.rstrip() + "  # gitleaks:allow\n")
    assert (len(result.findings), len(result.open_findings), result.stats.suppressed) == (1, 0, 1)


def test_low_confidence_is_shown_on_request_only(scan_text: Callable[..., ScanResult]) -> None:
    line = 'password = "sunshine"\n'
    assert scan_text("a.py", line).findings == ()
    low = scan_text("a.py", line, ScanConfig(min_confidence=Confidence.LOW))
    assert [finding.confidence for finding in low.findings] == [Confidence.LOW]


def test_what_is_dropped_keeps_its_reason(scan_text: Callable[..., ScanResult]) -> None:
    (dropped,) = scan_text("a.py", 'password = "changeme"\n', ScanConfig(explain=True)).dropped
    assert (dropped.filter, dropped.reason) == ("placeholders", "marked as a placeholder")


def test_without_analysis_code_is_read_as_text(found: Found) -> None:
    (finding,) = found("a.py", LINE, ScanConfig(analysis=Analysis.OFF))
    assert finding.value.reveal_text() == PW
    assert finding.remediation.strategy == "manual"


def test_detect_secrets_is_heard_as_a_second_opinion_where_every_reason_is_wanted(found: Found) -> None:
    (finding,) = found("a.py", LINE, ScanConfig(explain=True))
    assert any(reason.kind is EvidenceKind.PLUGIN for reason in finding.evidence)


def test_the_line_that_holds_up_detect_secrets_filters_does_not_hold_us_up(found: Found) -> None:
    value = token("slow")
    text = f'api_key = "{value}"; ' + "x(" * 600 + "\n" + "lorem ipsum dolor\n" * 1700
    started = time.perf_counter()
    assert len(found("slow.js", text)) == 1
    assert time.perf_counter() - started < 10


def test_only_added_lines_of_a_change_are_reported(book: RuleBook) -> None:
    blob = Blob(path="a.py", data=(LINE + f'ROOT_PASSWORD = "{OTHER}"\n').encode(), added_lines=frozenset({2}))
    assert [finding.binding for finding in scan([blob], book, ScanConfig()).findings] == ["ROOT_PASSWORD"]


def test_a_scan_that_finds_nothing_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def password_form(request):\n    return render(request, key='x')\n")
    program = (
        "import sys\nfrom pathlib import Path\nfrom scanner.sources import open_source\n"
        "from scanner.pipeline import scan\nfrom scanner.config import ScanConfig\n"
        "from scanner.rulebook.loader import load_rulebook\nload_rulebook()\n"
        f"result = scan(open_source([Path({str(tmp_path)!r})]), load_rulebook(), ScanConfig())\n"
        "assert not result.findings\n"
        "heavy = {'libcst', 'boto3', 'sqlalchemy', 'jinja2', 'detect_secrets', 'git', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@settings(max_examples=60)
@given(st.text(alphabet="ab\n\r\té", max_size=40), st.data())
def test_regions_agree_with_counting_by_hand(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    before = text[:offset]
    region = LineIndex(text.encode()).region(Span(start=len(before.encode()), end=len(before.encode())))
    assert region.start_line == before.count("\n") + 1
    assert region.start_column == len(before.rsplit("\n", 1)[-1]) + 1


def test_settings_are_read_from_either_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.strongroom]\nmin_confidence = "high"\n')
    assert load_config(tmp_path).min_confidence is Confidence.HIGH
    (tmp_path / "strongroom.toml").write_text('exclude = ["docs/**"]\n')
    assert load_config(tmp_path).exclude == ("docs/**",)


@pytest.mark.parametrize("text", ["colour = 1\n", 'min_confidence = "sure"\n', 'exclude = "x"\n'])
def test_a_bad_setting_is_refused_naming_key_and_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "strongroom.toml").write_text(text)
    with pytest.raises(UsageError) as refused:
        load_config(tmp_path)
    assert text.split(" ")[0] in refused.value.message
    assert "strongroom.toml" in refused.value.message


def test_codeguru_exclusions_are_honoured(tmp_path: Path) -> None:
    (tmp_path / "aws-codeguru-reviewer.yml").write_text("version: 1.0\nexcludeFiles:\n  - '**.md'\n  - vendor/**\n")
    globs = load_config(tmp_path).exclude
    assert excluded("a/b.md", globs)
    assert excluded("vendor/x/y.py", globs)
    assert not excluded("src/vendor.py", globs)


def test_excluded_files_are_counted(book: RuleBook) -> None:
    result = scan([Blob(path="docs/a.py", data=LINE.encode())], book, ScanConfig(exclude=("docs",)))
    assert result.findings == ()
    assert result.stats.skipped == {"excluded": 1}


def test_a_marker_is_looked_for_on_the_lines_of_the_value_only(book: RuleBook) -> None:
    result = scan([Blob(path="a.py", data=(LINE + "# gitleaks:allow\n").encode())], book, ScanConfig())
    assert result.findings[0].suppressed_by is None


@pytest.mark.parametrize("scheme", ["Bearer", "Token", "bearer"])
def test_behind_a_headers_scheme_only_the_token_is_the_credential(scheme: str, found: Found) -> None:
    value = token("header")
    line = f'HEADERS = {{"Authorization": "{scheme} {value}"}}\n'
    (finding,) = found("a.py", line)
    assert finding.value.reveal_text() == value
    assert finding.region.start_column == line.index(value) + 1


@given(texts=st.lists(st.sampled_from([LINE, "x = 1\n" + LINE, "x = 1\n"]), min_size=2, max_size=6))
def test_a_module_is_judged_the_same_whatever_small_modules_lie_beside_it(book: RuleBook, texts: list[str]) -> None:
    blobs = [Blob(path=f"{number}.py", data=text.encode()) for number, text in enumerate(texts)]
    seen = [finding.path for finding in scan(blobs, book, ScanConfig()).findings]
    assert seen == [f"{number}.py" for number, text in enumerate(texts) if LINE in text]


@pytest.mark.parametrize("start", ["^", "a(", "b(=$", "c$(", "d%31("])
def test_a_key_as_django_draws_it_is_one_whatever_it_looks_like(start: str, found: Found) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)"  # of django.core.management.utils
    key = (start + "".join(random.Random(start).choices(letters, k=50)))[:50]

    assert [finding.value.reveal_text() for finding in found("site/settings.py", f"SECRET_KEY = {key!r}\n")] == [key]


@pytest.mark.parametrize("text", ["f\"{x:>3}{read('shop/key')}\"", 'f"{prefix}{suffix}"'])
def test_a_text_of_expressions_alone_holds_no_credential(text: str, found: Found) -> None:
    assert found("a.py", f"DB_PASSWORD = {text}\n") == []
