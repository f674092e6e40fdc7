"""Who owns a file by CODEOWNERS: what GitHub and GitLab document, and what a hostile file cannot do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.audit.owners import PLACES, Owners

GITHUB = b"""
# Everybody's, unless something below says otherwise.
*                   @acme/everyone
*.js                @js-owner  # not @this-one
*.go                docs@example.com
/build/logs/        @doctocat
docs/*              docs@example.com
apps/               @octocat
/docs/              @doctocat @second
/scripts/           @doctocat @octocat
**/logs             @logger
/apps/github
a\\ name/file.txt    @spaced
/deep/**/end.txt    @deep
"""
GITLAB = b"""
* @default
[Documentation][2] @docs-team
docs/
README.md @writer
^[Database] @dba @@maintainer
/model/db/
!/model/db/generated/
[documentation]
*.rst
\\#file_with_pound.rb @pound
[Nobody]
/nobody/
"""


def owner(text: bytes, path: str) -> str | None:
    return Owners.of_text(text).owner(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README", "@acme/everyone"),
        ("src/index.js", "@js-owner"),
        ("cmd/main.go", "docs@example.com"),
        ("build/logs/today/all.txt", "@logger"),
        ("build/logs/x", "@logger"),
        ("other/build/x", "@acme/everyone"),
        ("docs/page.md", "@doctocat @second"),
        ("more/docs/page.md", "@acme/everyone"),
        ("more/apps/x", "@octocat"),
        ("apps/github/x", None),
        ("apps/github", None),
        ("more/apps/github/x", "@octocat"),
        ("scripts/a/b/c.js", "@doctocat @octocat"),
        ("some/where/logs/x.js", "@logger"),
        ("a name/file.txt", "@spaced"),
        ("deep/end.txt", "@deep"),
        ("deep/er/and/end.txt", "@deep"),
    ],
)
def test_the_last_pattern_that_fits_counts_as_on_github(path: str, expected: str | None) -> None:
    assert owner(GITHUB, path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("x.py", "@default"),
        ("docs/a.md", "@default @docs-team"),
        ("more/docs/a.md", "@default @docs-team"),
        ("README.md", "@default @writer"),
        ("model/db/a.sql", "@default @dba @@maintainer"),
        ("model/db/generated/a.sql", "@default"),
        ("a.rst", "@default"),
        ("#file_with_pound.rb", "@default @pound"),
        ("nobody/a", "@default"),
    ],
)
def test_each_section_has_its_say_as_on_gitlab(path: str, expected: str) -> None:
    assert owner(GITLAB, path) == expected


def test_a_star_at_the_end_means_files_of_that_folder_alone() -> None:
    assert owner(b"docs/* @d", "docs/a") == "@d"
    assert owner(b"docs/* @d", "docs/a/b") is None
    assert owner(b"/* @top", "a") == "@top"
    assert owner(b"/* @top", "a/b") is None


def test_stars_behind_a_folder_mean_what_lies_below_it_and_no_file_of_its_name() -> None:
    assert owner(b"docs/** @d", "docs/a/b") == "@d"
    assert owner(b"docs/** @d", "docs") is None
    assert owner(b"docs/**/ @d", "docs/a") is None
    assert owner(b"docs/**/ @d", "docs/a/b") == "@d"


def test_case_counts() -> None:
    assert owner(b"Docs/ @d", "docs/a") is None


@pytest.mark.parametrize("line", [b"!a @x", b"a[bc] @x", b"\\#a @x", b"a nobody", b"a @x nobody", b"[Section", b"/ @x"])
def test_a_line_that_github_does_not_take_says_nothing_and_the_next_one_counts(line: bytes) -> None:
    assert Owners.of_text(b"* @all\n" + line + b"\n/b @b\n").owner("a") == "@all"
    assert Owners.of_text(b"* @all\n" + line + b"\n/b @b\n").owner("b") == "@b"


@pytest.mark.parametrize("place", PLACES)
def test_the_file_is_found_where_the_forges_look(place: str) -> None:
    found = Owners.of_tree({place: b"* @o\n"}.get)
    assert (found.place, found.owner("a")) == (place, "@o")


def test_of_several_files_the_first_counts() -> None:
    tree = {"CODEOWNERS": b"* @top", ".github/CODEOWNERS": b"* @github"}
    assert Owners.of_tree(tree.get).owner("a") == "@github"


def test_a_tree_without_the_file_has_no_owners() -> None:
    found = Owners.of_tree({}.get)
    assert (found.place, found.owner("a")) == (None, None)


def test_brackets_are_a_class_of_characters_where_gitlab_reads() -> None:
    assert Owners.of_text(b"file[12].py @o", ".gitlab/CODEOWNERS").owner("x/file2.py") == "@o"


def test_line_ends_of_windows_and_bytes_that_are_no_text_are_read() -> None:
    assert Owners.of_text(b"* @o\r\n\xff\xfe @x\r\n").owner("a") == "@o"


def test_a_file_that_is_too_large_says_nothing() -> None:
    assert Owners.of_text(b"* @o\n" + b"#" * 3_000_000).owner("a") is None


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 2000 + "b", "a" * 4000),
        ("?*" * 2000, "a" * 200 + "/"),
        ("**/" + "a/" * 2000 + "b", "a/" * 2000 + "c"),
        ("**/a/" * 800 + "b", "a/" * 2000 + "c"),
    ],
)
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    started = time.process_time()
    Owners.of_text(f"{pattern} @x\n".encode() * 300).owner(path)
    assert time.process_time() - started < 2


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_file_and_no_path_raises(data: bytes, path: str) -> None:
    for place in PLACES:
        found = Owners.of_text(b"[S] @o\n" + data, place).owners(path)
        assert all(" " not in owner for owner in found)


@given(st.lists(st.sampled_from(["a", "b", "docs", "x.js"]), min_size=1, max_size=5))
def test_a_path_owns_itself_and_a_later_line_wins(parts: list[str]) -> None:
    path = "/".join(parts)
    assert owner(f"/{path} @first\n/{path} @second\n".encode(), path) == "@second"
    assert owner(f"/{path} @first\n/{path}\n".encode(), path) is None
    assert owner(f"* @first\n**/{parts[-1]} @second\n".encode(), path) == "@second"


@pytest.mark.parametrize("place", PLACES)
def test_a_lone_backslash_says_nothing(place: str) -> None:
    assert Owners.of_text(b"\\\n*.py @backend\n", place).owner("app.py") == "@backend"
