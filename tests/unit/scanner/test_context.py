"""The code around a finding, for who judges it: enough to judge by, and no value."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.context import code_around
from scanner.excerpt import MASK
from scanner.reports.text import finding_lines
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password, token

VALUE, OTHER = password("in context"), password("in context, another")
ABOVE, BELOW = ("".join(f"{name}{number} = 1\n" for number in range(9)) for name in ("above", "below"))
LINE = f'db_password = "{VALUE}"  # of the test server\n'


def test_some_lines_above_and_below_are_shown(found: Found) -> None:
    text = ABOVE + LINE + BELOW
    (finding,) = found("app.py", text)
    lines = code_around(text.encode(), finding, [finding])
    assert [line.number for line in lines] == [7, 8, 9, 10, 11, 12, 13]
    assert [line.text for line in lines][:2] == ["above6 = 1", "above7 = 1"]
    (own,) = (line for line in lines if line.before is not None)
    assert (own.before, own.text) == ('db_password = "', f'db_password = "{MASK}"  # of the test server')


def test_a_file_of_one_line_is_that_line(found: Found) -> None:
    (finding,) = found("app.py", LINE)
    assert [line.number for line in code_around(LINE.encode(), finding, [finding])] == [1]


def test_other_values_near_it_are_masked_also_where_no_rule_found_them(found: Found) -> None:
    text = f'other_password = "{OTHER}"\n{LINE}# once it was {OTHER}\n'
    findings = found("app.py", text)
    for finding in findings:
        shown = "\n".join(line.text for line in code_around(text.encode(), finding, findings))
        assert VALUE not in shown
        assert OTHER not in shown
        assert "# once it was " + MASK in shown


def test_of_a_long_key_the_first_lines_are_shown_masked(found: Found) -> None:
    body = "\n".join(token(f"key {number}", r"[A-Za-z0-9+/]{64}") for number in range(30))
    text = f"above\n-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\nbelow\n"
    (finding,) = found("key.pem", text)
    lines = code_around(text.encode(), finding, [finding])
    assert len(lines) < 12
    assert all(part not in line.text for line in lines for part in body.split("\n"))
    assert (lines[0].text, lines[-1].text) == ("above", "below")


def test_a_file_that_was_changed_since_is_not_shown(found: Found) -> None:
    (finding,) = found("app.py", ABOVE + LINE)
    assert code_around((ABOVE + "x = 1\n" + LINE).encode(), finding, [finding]) == ()
    assert code_around(b"", finding, [finding]) == ()


def test_a_line_without_end_is_shown_near_the_value_only(found: Found) -> None:
    text = "x = 1; " * 4000 + LINE.rstrip() + "; y = 2" * 4000 + "\n"
    findings = found("app.py", text)
    for finding in findings:
        for line in code_around(text.encode(), finding, findings):
            assert len(line.text) < 1000
            assert VALUE not in line.text


def test_what_steers_a_terminal_is_shown_escaped(found: Found) -> None:
    text = f"# \x1b[2J\u202e\n{LINE}"
    (finding,) = found("app.py", text)
    shown = "\n".join(
        finding_lines(finding, {finding.secret_id: 1}, code=code_around(text.encode(), finding, [finding]))
    )
    assert "\x1b" not in shown
    assert "\\x1b[2J\\u202e" in shown


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(above=st.text(max_size=60), below=st.text(max_size=60), same=st.booleans())
def test_no_text_around_it_shows_a_value(found: Found, above: str, below: str, same: bool) -> None:
    text = f"{above}\n{LINE}{f'again = {VALUE}' if same else ''}\n{below}"
    findings = [one for one in found("app.py", text) if one.value.reveal_text() == VALUE]
    data = text.encode("utf-8", "surrogatepass")
    for finding in findings:
        for line in code_around(data, finding, findings):
            assert VALUE not in line.text
