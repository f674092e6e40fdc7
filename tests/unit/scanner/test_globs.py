"""Globs without `fnmatch` fit what `fnmatch` fits."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from scanner.filters.base import table
from scanner.globs import Globs
from scanner.rulebook.loader import load_rulebook

_TEXTS = st.text("ab/.*?[]", max_size=12)


@given(st.lists(_TEXTS, max_size=4), st.text("ab/.", max_size=12))
def test_globs_fit_what_fnmatch_fits(globs: list[str], text: str) -> None:
    assert Globs(globs).fit(text) == any(fnmatchcase(text, glob) for glob in globs)


@given(
    st.sampled_from(["", "a/", "src/test/", "x/tests/y/", "node_modules/"]),
    st.sampled_from(["a.py", ".env", "x.min.js", "b.MD"]),
)
def test_our_own_globs_fit_what_fnmatch_fits(folder: str, name: str) -> None:
    paths = [glob for globs in table("paths.yaml").values() for glob in globs]
    files = [glob for shape in load_rulebook().shapes for glob in (*shape.paths, *shape.excluded_paths)]
    for glob in (*paths, *files):
        text = "/" + folder + name
        assert Globs([glob]).fit(text) == fnmatchcase(text, glob)
