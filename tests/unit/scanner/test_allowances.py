"""An allowance covers the value it was given for, and one that covers nothing is reported."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest

from scanner.config import ScanConfig
from scanner.model import Allowance, Finding, ScanResult, SuppressedBy
from scanner.reports.json import write_json
from scanner.reports.text import write_text
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password, token

Scan = Callable[..., ScanResult]
FIRST, SECOND, THIRD = password("first"), password("second"), password("third")
GITHUB = "ghp_" + token("github", r"[a-zA-Z0-9]{36}")
ONE = f'db_password = "{FIRST}"'
OURS = "strongroom:" + "allow"
"""Written so that this file holds no allowance of its own."""


def allowed(findings: list[Finding]) -> list[str]:
    """Return the values that a marker accepts."""
    return [one.value.reveal_text() for one in findings if one.suppressed_by is SuppressedBy.INLINE]


def two(first: str, second: str, marker: str) -> str:
    """Return a line with two passwords and a marker behind them."""
    return f'a = dict(db_password="{first}", admin_password="{second}")  # {marker}\n'


@pytest.mark.parametrize(
    ("path", "marker"),
    [
        ("a.py", "# pragma: allowlist secret"),
        ("a.py", "# pragma: whitelist secret"),
        ("a.py", "# pragma: allowlist-secret"),
        ("a.py", "# gitleaks:allow"),
        ("a.py", "# betterleaks:allow"),
        ("a.py", "# trufflehog:ignore"),
        ("a.py", "# ggignore"),
        ("a.py", "# gitguardian:ignore"),
        ("a.py", "# kingfisher:ignore"),
        ("a.py", "# kingfisher:allow"),
        ("a.py", "# secret-scanner:allow"),
        ("a.py", "# secretlint-disable-line"),
        ("a.py", "# nosec"),
        ("a.py", "# nosec B105"),
        ("a.py", "# nosec: B101,B106"),
        ("a.py", "# noqa: S105"),
        ("a.py", "# noqa: E501, S106"),
        ("a.py", "# nosemgrep"),
        ("a.py", "# nosemgrep: generic.secrets.security.detected-generic-secret"),
    ],
)
def test_another_tools_marker_accepts_the_value_on_its_line(path: str, marker: str, found: Found) -> None:
    assert allowed(found(path, f"{ONE}  {marker}\n")) == [FIRST]


@pytest.mark.parametrize(
    ("path", "marker"),
    [
        ("a.py", "# nosec B404"),
        ("a.py", "# noqa"),
        ("a.py", "# noqa: E501"),
        ("a.py", "# nosemgrep: python.lang.best-practice.sleep"),
        ("a.rb", "# nosec"),
        ("a.py", "# nosecret"),
        ("a.py", "# see .ggignore"),
        ("a.py", "# secretlint-disable-line @secretlint/secretlint-rule-github"),
        ("a.py", "# pragma: allowlist nextline secret"),
    ],
)
def test_a_marker_that_means_something_else_accepts_nothing(path: str, marker: str, found: Found) -> None:
    findings = found(path, f"{ONE}  {marker}\n")
    assert len(findings) == 1
    assert allowed(findings) == []


@pytest.mark.parametrize("marker", ["# pragma: allowlist nextline secret", "// secretlint-disable-next-line"])
def test_a_next_line_marker_accepts_the_first_value_below(marker: str, found: Found) -> None:
    findings = found("a.py", f"{marker}\n" + two(FIRST, SECOND, "") + f'c_password = "{THIRD}"\n')
    assert (allowed(findings), len(findings)) == ([FIRST], 3)


@pytest.mark.parametrize(
    ("opened", "closed"), [("secretlint-disable", "secretlint-enable"), ("ggignore-start", "ggignore-end")]
)
def test_a_block_accepts_what_stands_in_it_and_nothing_behind_it(opened: str, closed: str, found: Found) -> None:
    text = f'# {opened}\n{ONE}\nb_password = "{SECOND}"\n# {closed}\nc_password = "{THIRD}"\n'
    assert allowed(found("a.py", text)) == [FIRST, SECOND]


def test_a_block_for_one_provider_accepts_its_findings_only(found: Found) -> None:
    text = f'# secretlint-disable @secretlint/secretlint-rule-github\n{ONE}\nmine = "{GITHUB}"\n'
    assert allowed(found("a.py", text)) == [GITHUB]


@pytest.mark.parametrize("marker", ["gitleaks:allow", f"{OURS} database-password,hardcoded-password,generic-password"])
def test_of_several_values_on_a_line_a_marker_accepts_the_nearest_before_it(marker: str, found: Found) -> None:
    findings = found("a.txt", f"{ONE}; db_password = '{SECOND}' # {marker}\n")
    assert (allowed(findings), len(findings)) == ([SECOND], 2)


def test_the_other_value_says_why_the_marker_does_not_cover_it(found: Found) -> None:
    other = next(one for one in found("a.py", two(FIRST, SECOND, "gitleaks:allow")) if one.suppressed_by is None)
    assert other.evidence[-1].detail == "the marker of gitleaks on line 1 covers another value"


def test_a_marker_before_the_values_accepts_the_first(found: Found) -> None:
    findings = found("a.js", f"/* gitleaks:allow */ a = {{db_password: '{FIRST}', admin_password: '{SECOND}'}}\n")
    assert allowed(findings) == [FIRST]


def test_ours_accepts_the_rule_it_names_whatever_stands_nearer(found: Found) -> None:
    line = f'send(github="{GITHUB}", db_password="{FIRST}")'
    (rule,) = {one.rule_id for one in found("a.py", line + "\n") if one.value.reveal_text() == GITHUB}
    assert allowed(found("a.py", f"{line}  # {OURS} {rule}\n")) == [GITHUB]


def test_a_count_accepts_so_many_values_of_a_rule(found: Found) -> None:
    line = f"db_password = '{FIRST}'; db_password = '{SECOND}'; db_password = '{THIRD}'"
    assert allowed(found("a.txt", f"{line} # {OURS} database-password count=2\n")) == [SECOND, THIRD]


def test_an_id_accepts_the_finding_of_that_fingerprint(found: Found) -> None:
    line = f"db_password = '{FIRST}'; db_password = '{SECOND}'"
    first = found("a.txt", line + "\n")[0]
    findings = found("a.txt", f"{line}  # {OURS} database-password id={first.fingerprint[:12]}\n")
    assert (allowed(findings), len(findings)) == ([FIRST], 2)


def test_a_fingerprint_is_the_same_before_and_after_ours_is_written(found: Found) -> None:
    (before,) = found("a.py", ONE + "\n")
    (after,) = found("a.py", f'{ONE}  # {OURS} database-password reason="a, b" expires=2030-01-01\n')
    assert (before.fingerprint, after.suppressed_by) == (after.fingerprint, SuppressedBy.INLINE)


def test_the_same_value_twice_on_a_line_is_one_value(found: Found) -> None:
    assert (
        allowed(found("a.txt", f"db_password = '{FIRST}'; db_password = '{FIRST}' # gitleaks:allow\n")) == [FIRST] * 2
    )


def unused(result: ScanResult) -> list[tuple[int, str, str]]:
    """Return line, rule and reason of each unused allowance."""
    return [(one.line, one.rule, one.reason) for one in result.stats.allowances.unused]


def test_ours_with_nothing_under_it_is_reported_where_nothing_else_stands(scan_text: Scan) -> None:
    result = scan_text("a.py", f'x = 1\ny = 2  # {OURS} jwt reason="gone"\n')
    assert (unused(result), result.errors) == ([(2, "jwt", "gone")], ())


def test_of_several_rules_the_unused_one_is_reported(scan_text: Scan) -> None:
    assert unused(scan_text("a.py", f"{ONE}  # {OURS} jwt,database-password\n")) == [(1, "jwt", "")]


@pytest.mark.parametrize("path", ["a.py", "tests/test_a.py", "a.js", "docs/a.md"])
def test_an_allowance_for_what_is_not_sure_enough_to_show_is_used(path: str, scan_text: Scan) -> None:
    line = 'db_password = "sunshine"' if path == "a.py" else ONE
    assert unused(scan_text(path, f"{line}  # {OURS} database-password\n")) == []


def test_an_expired_allowance_is_reported_and_accepts_nothing(scan_text: Scan) -> None:
    result = scan_text("a.py", f"{ONE}  # {OURS} database-password expires=2026-01-14\n")
    (one,) = result.stats.allowances.expired
    assert (one.line, one.rule, len(result.open_findings)) == (1, "database-password", 1)
    assert result.open_findings[0].evidence[-1].detail == "the allowance on its line expired on 2026-01-14"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "names no rule"),
        (' reason="x"', "names no rule"),
        (" no-such-rule", "there is no rule no-such-rule"),
        (" jwt expires=2026-99-99", "expires=2026-99-99 is no date"),
        (" jwt until=2026-01-01", "has no field until"),
        (" jwt id=xyz", "id= takes"),
        (" jwt count=0", "count= takes"),
    ],
)
def test_a_malformed_allowance_is_reported_with_the_way_out(written: str, said: str, scan_text: Scan) -> None:
    result = scan_text("a.py", f"{ONE}  # {OURS}{written}\n")
    (one,) = result.stats.allowances.malformed
    assert said in one.message
    assert len(result.open_findings) == 1


@pytest.mark.parametrize("text", [f'write = "{OURS} jwt"\n', f"Write `{OURS} RULE`.\n", f"{OURS} <rule>\n"])
def test_a_text_about_allowances_is_none(text: str, scan_text: Scan) -> None:
    allowances = scan_text("a.md", text).stats.allowances
    assert (allowances.unused, allowances.malformed) == ((), ())


def test_unused_markers_of_other_tools_are_for_explaining_only(scan_text: Scan) -> None:
    text = f"{ONE}\nb = 1  # gitleaks:allow\n"
    explained = scan_text("a.py", text, ScanConfig(explain=True)).stats.allowances.unused
    assert unused(scan_text("a.py", text)) == []
    assert [(one.tool, one.line) for one in explained] == [("gitleaks", 2)]


def test_reports_name_place_rule_and_reason(scan_text: Scan) -> None:
    result = scan_text("a.py", f'y = 2  # {OURS} jwt reason="gone"\n')
    text, document = io.StringIO(), io.StringIO()
    write_text(result, text)
    write_json(result, document)
    assert text.getvalue().startswith('unused allowance: a.py:1: jwt ("gone"): nothing stands under it; remove it\n')
    assert json.loads(document.getvalue())["stats"]["allowances"]["unused"] == [
        {
            "tool": "strongroom",
            "path": "a.py",
            "line": 1,
            "rule": "jwt",
            "reason": "gone",
            "message": "nothing stands under it; remove it",
        }
    ]


def test_a_line_of_many_values_and_markers_is_weighed_in_reasonable_time(scan_text: Scan) -> None:
    line = " ".join(f"db_password='{password(str(n))}' /* gitleaks:allow */" for n in range(2000))
    result = scan_text("a.txt", line + "\n")
    assert (len(result.findings), len(result.open_findings)) == (2000, 0)


def test_an_allowance_never_holds_a_value() -> None:
    fields = Allowance(tool="strongroom", path="a", line=1, rule="jwt", reason="", message="").__getstate__()
    assert set(fields) == {"tool", "path", "line", "rule", "reason", "message", "expires"}
