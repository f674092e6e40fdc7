"""The formats that people read in a browser: nothing of the repository becomes markup there."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from scanner.model import ScanResult
from tests.contract.reports.scans import every_kind, written

OPEN = every_kind().open_findings


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.fixture(scope="module")
def page() -> str:
    return written("html", every_kind())


def test_the_page_holds_no_script_image_link_or_form(page: str) -> None:
    assert not {"script", "img", "a", "iframe", "form", "link", "object", "base"} & set(_Page(page).tags)


def test_the_page_has_no_handler_and_no_inline_style(page: str) -> None:
    assert not [name for name, _ in _Page(page).attributes if name.startswith("on") or name in ("style", "src", "href")]


def test_the_policy_allows_the_one_style_sheet_and_nothing_else(page: str) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert style
    assert policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert page.count("<style") == 1


def test_the_page_lists_each_finding_once_and_the_suppressed_ones_apart(page: str) -> None:
    listed, _, rest = page.partition("<h2>Suppressed</h2>")
    assert listed.count("<article") == len(OPEN)
    assert rest.count("<article") == len(every_kind().findings) - len(OPEN)


def test_the_bars_add_up_to_the_findings(page: str) -> None:
    numbers = re.findall(r"<title>(\d+) \w+, \w+ confidence</title>", page)
    assert sum(map(int, numbers)) == len(OPEN)


def test_a_clean_page_says_so_and_has_no_finding() -> None:
    page = written("html", ScanResult(findings=()))
    assert "No credentials found" in page
    assert "<article" not in page


def test_what_comes_from_the_repository_stands_in_code_spans_only() -> None:
    report = written("markdown", every_kind())
    outside = re.sub(r"`[^`\n]*`", "", report)
    assert not re.search(r"[<>@\[\]\\!*_{}]|https?:|closes", outside)


def test_markdown_renders_as_a_table_of_every_finding_without_links_or_html() -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(written("markdown", every_kind()))
    inline = [child.type for token in tokens for child in token.children or ()]
    assert [token.type for token in tokens].count("tr_open") == len(OPEN) + 1
    assert {"html_inline", "link_open", "image", "em_open", "strong_open"} & set(inline) == set()
    assert "html_block" not in [token.type for token in tokens]


def test_every_row_of_the_table_has_every_cell() -> None:
    rows = [line for line in written("markdown", every_kind()).splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {9}
