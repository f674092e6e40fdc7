"""How suites of others are read: what they mark, what belongs together, which half a case is in, what is made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.suites import expected, marks, methods, samples
from benchmarks.suites.model import DEV, HELD, Case, Marked, Place, Suite
from benchmarks.suites.score import suites
from benchmarks.suites.values import made_up, renewed


def read(tmp_path: Path, reader: object, options: dict[str, object], **files: str) -> list[Case]:
    for name, text in files.items():
        (tmp_path / name.replace("__", ".")).write_text(text)
    suite = Suite(suite="s", language="java", reader="", files=("*.java", "*.go"), options=options)
    return list(reader.cases(suite, tmp_path))  # type: ignore[attr-defined]


def lines(case: Case) -> list[tuple[bool, int, int]]:
    return [(one.wanted, place.first, place.last) for one in case.marked for place in one.places]


MARKED = {"wanted": "// bad", "ordinary": "// fine"}


def test_a_mark_speaks_for_its_own_statement(tmp_path: Path) -> None:
    (case,) = read(tmp_path, marks, MARKED, A__java="a();\nb(1, // bad\n  2);\nc(); // fine\n")
    assert lines(case) == [(True, 2, 3), (False, 4, 4)]


def test_a_mark_above_speaks_for_the_statement_below_it(tmp_path: Path) -> None:
    (case,) = read(tmp_path, marks, {**MARKED, "above": True}, A__java="// bad\nb();\n// fine\n\nc();\n")
    assert lines(case) == [(True, 2, 2), (False, 5, 5)]


def test_a_mark_may_begin_what_another_ends(tmp_path: Path) -> None:
    (case,) = read(tmp_path, marks, {**MARKED, "until": "// end"}, A__java="// bad\nb();\nc();\n// end\nd();\n")
    assert lines(case) == [(True, 1, 4)]


def test_methods_are_marked_by_their_names(tmp_path: Path) -> None:
    text = "class A {\n  void bad1() {\n    x();\n  }\n  void good1() { y(); }\n  void other() {\n  }\n}\n"
    (case,) = read(tmp_path, methods, {"wanted": r"\.bad", "ordinary": r"\.good"}, A__java=text)
    assert lines(case) == [(True, 2, 4), (False, 5, 5)]


def test_files_of_one_group_are_one_case_with_one_credential(tmp_path: Path) -> None:
    options = {"wanted": r"\.bad", "ordinary": r"\.good", "flaw": "FLAW", "group": r"V_\d\d", "half": r"\d\d$"}
    one = "class A {\n  void bad() {\n    /* FLAW */\n    x = 1;\n  }\n}\n"
    two = "class B {\n  void badSink() {\n    /* FLAW */\n    use(x);\n  }\n  void goodSink() {\n  }\n}\n"
    (case,) = read(tmp_path, methods, options, V_22a__java=one, V_22b__java=two)
    assert (case.key, len(case.files), lines(case)) == ("22", 2, [(False, 6, 7), (True, 4, 4), (True, 4, 4)])


def test_alerts_are_read_from_the_list_beside_a_program(tmp_path: Path) -> None:
    (tmp_path / "Hard.expected").write_text(
        "edges\n| a.go:1:1:1:2 | x |\n#select\n| a.go:3:1:3:9 | k | a.go:2:1:2:4 | k |\n"
    )
    (case,) = read(tmp_path, expected, {"query": "Hard", "ordinary": "// OK"}, a__go="a\nk\nuse(k)\nb() // OK\n")
    assert lines(case) == [(True, 3, 3), (True, 2, 2), (False, 4, 4)]


def test_samples_are_programs_with_a_number_of_alerts(tmp_path: Path) -> None:
    text = "{[]string{`package a\n`}, 1, gosec.NewConfig()},\n{[]string{`package b\n`}, 0, gosec.NewConfig()},\n"
    found = read(tmp_path, samples, {}, a__go=text)
    assert [one.marked[0].wanted for one in found] == [True, False]


def test_half_of_the_cases_are_held_back() -> None:
    parts = [Case(key=f"case {n}", files={}, marked=()).part for n in range(200)]
    assert set(parts) == {DEV, HELD}
    assert 60 < parts.count(HELD) < 140


def test_literals_of_ordinary_statements_and_names_of_entries_stay() -> None:
    text = 'a = "secret1"\nb = "secret1"\nc = {"secret1": 1}\n'
    marked = (Marked(wanted=False, places=(Place(path="a", first=2, last=2),)),)
    first, second, third = renewed(Case(key="", files={"a": text}, marked=marked), r"secret\d").files["a"].splitlines()
    assert (first == 'a = "secret1"', second, third) == (False, 'b = "secret1"', 'c = {"secret1": 1}')


def test_what_stands_within_a_text_is_made_up_and_the_name_beside_a_value_stays() -> None:
    text = 'a = "user=x&password=secret1";\nb.set("password", "secret1");\nc("""{"a": 1}""", "secret1");\n'
    made = renewed(Case(key="", files={"a": text}, marked=()), r"secret\d|password").files["a"]
    assert made.count("secret1") == 0
    assert ('"user=x&password=' in made, 'set("password", "' in made, '"""{"a": 1}"""' in made) == (True, True, True)


def test_a_marked_text_of_several_lines_is_one_statement(tmp_path: Path) -> None:
    (case,) = read(tmp_path, marks, MARKED, A__java='a = """ // bad\n  b=c\n  """;\nd();\n')
    assert lines(case) == [(True, 1, 3)]


@pytest.mark.parametrize(
    ("value", "kind"), [("0123456", str.isdigit), ("deadbeefdeadbeef", str.islower), ("word", str.isalnum)]
)
def test_what_is_made_up_is_of_the_same_kind_and_the_same_each_time(value: str, kind: object) -> None:
    made = made_up(value)
    assert (made == made_up(value), made == value, len(made) >= len(value)) == (True, False, True)
    assert kind(made) or kind is str.islower  # type: ignore[operator]


def test_every_row_of_the_table_names_a_reader() -> None:
    assert {one.reader for one in suites()} <= {place.stem for place in Path("benchmarks/suites").glob("*.py")}
