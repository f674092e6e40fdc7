"""An audit's page in a real browser: silent, self-contained, true to its numbers, safe, and readable everywhere."""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from scanner.audit.reports.html import write_html
from strongroom.kernel.inert import inert
from tests.testing.audit_document import HOSTILE, STATES, bare, hostile, made_up, plain, vast
from tests.testing.audit_page import Picture, cut, faint, overlapping, pictures, unfold
from tests.testing.audits import Desk, commit, line
from tests.testing.chromium import Chromium, running_chromium
from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git

_MAKERS: dict[str, Callable[[], dict[str, Any]]] = {
    "made up": made_up,
    "hostile": hostile,
    "bare": bare,
    "vast": lambda: vast(made_up()),
    "small": lambda: made_up(findings=12, repositories=4),
}
_SECTIONS = ("Overview", "Exposures", "Findings", "History", "Repositories", "Suppressions", "Coverage", "Method")
_PHONE = 360
_TABLET = 780
"""Where tables just are tables, and no cards."""
_SHEET = 717
"""Pixels between the margins of an A4 sheet."""
_PIXEL = 1.0


class Pages:
    """The pages of the documents that tests look at, each written once."""

    def __init__(self, folder: Path) -> None:
        self.documents = {name: plain(make()) for name, make in _MAKERS.items()}
        self._folder = folder
        for name, document in self.documents.items():
            with self.of(name).open("w", encoding="utf-8") as stream:
                write_html(document, stream)

    def of(self, name: str) -> Path:
        return self._folder / f"{name}.html"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return Pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with running_chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def document(pages: Pages) -> dict[str, Any]:
    return pages.documents["made up"]


@pytest.fixture(scope="module")
def shown(browser: Chromium, pages: Pages) -> dict[str, Picture]:
    browser.open(pages.of("made up"))
    return pictures(browser)


every_document = pytest.mark.parametrize("name", ["made up", "hostile", "bare"])


@every_document
def test_the_browser_has_nothing_to_say_about_it(browser: Chromium, pages: Pages, name: str) -> None:
    browser.open(pages.of(name))
    assert browser.console() == []


@every_document
def test_it_asks_for_nothing_but_itself(browser: Chromium, pages: Pages, name: str) -> None:
    browser.open(pages.of(name))
    assert browser.requested() == [pages.of(name).as_uri()]


def test_severity_by_confidence_shows_the_numbers_of_the_document(
    shown: dict[str, Picture], document: dict[str, Any]
) -> None:
    picture = shown["By severity; the fainter a part, the lower the confidence."]
    rows = document["overview"]["severity_by_confidence"]
    drawn = {(bar.kind, bar.number) for bar in picture.bars}
    assert drawn == {
        (f"{row['severity']} sure-{row['confidence']}", row["findings"]) for row in rows if row["findings"]
    }
    assert [list(map(int, cells[1:-1])) for cells in picture.table] == [
        [row["findings"] for row in rows if row["severity"] == severity]
        for severity in ("critical", "high", "medium", "low")
    ]
    _in_proportion(picture, lambda bar: bar.width)


def test_age_shows_the_numbers_of_the_document(shown: dict[str, Picture], document: dict[str, Any]) -> None:
    picture = shown["How long ago what is open was brought in"]
    assert _said(picture) == [f"{row['label']}: {row['findings']} findings" for row in document["overview"]["age"]]
    assert picture.numbers() == [row["findings"] for row in document["overview"]["age"]]
    _in_proportion(picture, lambda bar: bar.width)


@pytest.mark.parametrize("kind", ["introduced", "removed"])
def test_every_month_shows_what_came_and_went(shown: dict[str, Picture], document: dict[str, Any], kind: str) -> None:
    picture = shown["Brought in and taken out, by month"]
    rows = document["overview"]["over_time"]
    drawn = [bar.title for bar in picture.bars if bar.kind == kind]
    assert drawn == [f"{row['month']}: {row[kind]} {kind}" for row in rows if row[kind]]
    assert picture.numbers(kind) == [row[kind] for row in rows if row[kind]]
    assert picture.table == [
        [row["month"], str(row["introduced"]), str(row["removed"])]
        for row in rows
        if row["introduced"] + row["removed"]
    ]
    _in_proportion(picture, lambda bar: bar.height)


@pytest.mark.parametrize(
    ("caption", "field", "name"),
    [
        ("Repositories with the most findings", "top_repositories", "repository"),
        ("Owners of the most findings", "top_owners", "owner"),
    ],
)
def test_rankings_show_the_numbers_of_the_document(
    shown: dict[str, Picture], document: dict[str, Any], caption: str, field: str, name: str
) -> None:
    picture, rows = shown[caption], document["overview"][field]
    assert _said(picture) == [f"{row[name]}: {row['findings']} findings" for row in rows]
    assert picture.numbers() == [row["findings"] for row in rows]
    _in_proportion(picture, lambda bar: bar.width)


def test_the_trend_shows_every_state_of_every_audit(shown: dict[str, Picture], document: dict[str, Any]) -> None:
    picture = shown["Findings by state, audit by audit"]
    rows = document["trend"]
    for state in STATES:
        assert picture.numbers(state) == [row[state] for row in rows if row[state]]
    assert [cells[0] for cells in picture.table] == [str(row["audit"]) for row in rows]
    assert [cells[5 : 5 + len(STATES)] for cells in picture.table] == [[str(row[s]) for s in STATES] for row in rows]
    _in_proportion(picture, lambda bar: bar.height)


def test_tiles_are_as_large_as_their_numbers(shown: dict[str, Picture], document: dict[str, Any]) -> None:
    picture = shown["Findings by repository"]
    rows = sorted((row for row in document["repositories"] if row["findings"]), key=lambda row: -row["findings"])
    assert sorted(picture.table) == sorted([row["name"], str(row["findings"]), str(row["open"])] for row in rows)
    assert picture.numbers() == [row["findings"] for row in rows]
    whole = picture.width * picture.height / sum(picture.numbers())
    for bar in picture.bars:
        assert bar.width * bar.height == pytest.approx(bar.number * whole, abs=_PIXEL * (bar.width + bar.height))


def test_what_a_repository_wrote_adds_no_element(browser: Chromium, pages: Pages) -> None:
    browser.open(pages.of("made up"))
    known = set(browser.ask(_KINDS_OF_ELEMENT))
    browser.open(pages.of("hostile"))
    found = Counter(browser.ask(_KINDS_OF_ELEMENT))
    assert set(found) <= known
    assert found["style"] == 1


def test_what_a_repository_wrote_does_nothing(browser: Chromium, pages: Pages) -> None:
    browser.open(pages.of("hostile"))
    assert not browser.says_something()
    attributes = browser.ask("return [...document.querySelectorAll('*')].flatMap((each) => each.getAttributeNames())")
    assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcdoc")]


def test_links_lead_to_the_page_and_to_the_forge_only(browser: Chromium, pages: Pages) -> None:
    browser.open(pages.of("hostile"))
    links = browser.ask("return [...document.links].map((each) => each.getAttribute('href'))")
    assert [link for link in links if not link.startswith(("#", "https://forge.example/"))] == []


@pytest.fixture(scope="module")
def harmful_text(browser: Chromium, pages: Pages) -> str:
    browser.open(pages.of("hostile"))
    unfold(browser)
    return str(browser.ask("return document.body.innerText"))


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip()], ids=lambda text: ascii(text)[:30])
def test_what_a_repository_wrote_is_shown_as_text(harmful_text: str, text: str) -> None:
    # What is too long for the page lacks its middle, and a row of spaces is one.
    assert " ".join(inert(text)[:50].split()) in harmful_text


@pytest.mark.parametrize("name", ["made up", "hostile"])
def test_nothing_scrolls_sideways_on_a_phone(browser: Chromium, pages: Pages, name: str) -> None:
    browser.open(pages.of(name), width=_PHONE, phone=True)
    unfold(browser)
    page = "document.documentElement"
    assert browser.ask(f"return [{page}.clientWidth, {page}.scrollWidth <= {page}.clientWidth]") == [_PHONE, True]


@pytest.mark.parametrize("width", [_PHONE, _TABLET, 980, 1280])
@pytest.mark.parametrize("name", ["made up", "hostile", "vast"])
def test_no_text_is_cut_at_an_edge(browser: Chromium, pages: Pages, name: str, width: int) -> None:
    browser.open(pages.of(name), width=width, phone=width == _PHONE)
    unfold(browser)
    assert cut(browser) == []
    assert overlapping(browser) == []


def test_the_first_and_the_last_month_bear_their_names(
    browser: Chromium, pages: Pages, document: dict[str, Any]
) -> None:
    browser.open(pages.of("made up"), width=_PHONE, phone=True)
    named = browser.ask("return [...document.querySelectorAll('#overview .tick')].map((each) => each.textContent)")
    months = [row["month"] for row in document["overview"]["over_time"]]
    assert [named[0], named[-1]] == [months[0], months[-1]]


@pytest.mark.parametrize("name", ["made up", "hostile", "vast"])
def test_nothing_is_cut_on_paper(browser: Chromium, pages: Pages, name: str) -> None:
    browser.open(pages.of(name), width=_SHEET)
    browser.show("print")
    assert cut(browser) == []


def test_all_sections_and_what_is_folded_are_printed(browser: Chromium, pages: Pages) -> None:
    browser.open(pages.of("small"))
    folded = browser.ask(
        "return [...document.querySelectorAll('details:not([open]) td')].map((each) => each.innerText)"
    )
    printed = _words("".join(page.extract_text() for page in PdfReader(io.BytesIO(browser.printed())).pages))
    headings = browser.ask("return [...document.querySelectorAll('h2, h3, summary')].map((each) => each.textContent)")
    assert set(_SECTIONS) <= set(headings)
    assert [each for each in [*headings, *folded] if _words(each) not in printed] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Chromium, pages: Pages, scheme: str) -> None:
    browser.open(pages.of("made up"), scheme=scheme)
    paper = browser.ask("return getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    assert faint(browser, 4.5) == []


def test_the_page_of_a_real_audit_shows_its_numbers_and_hostile_names_as_text(
    browser: Chromium, tmp_path: Path
) -> None:
    desk, harm = Desk(tmp_path), "<img src=x onerror=alert(1)>.py"
    shop = desk.repository("shop", {harm: line(made_up_credential()), "settings.py": line(made_up_credential())})
    desk.repository("billing", {"conf.py": line(made_up_credential())})
    git(shop, "rm", "--quiet", "settings.py")
    commit(shop, "</style><script>alert(2)</script>")
    report = desk.audited("shop", "billing")
    desk.run("report", "-f", "html", "-o", "audit.html")

    browser.open(tmp_path / "audit.html")
    assert browser.requested() == [(tmp_path / "audit.html").as_uri()]
    assert browser.console() == []
    assert not browser.says_something()
    assert browser.ask("return document.querySelectorAll('img, script').length") == 0
    text = browser.ask("return document.body.innerText")
    assert harm in text
    assert "</style><script>alert(2)</script>" in text
    shown, overview = pictures(browser), report["overview"]
    assert shown["How long ago what is open was brought in"].numbers() == [row["findings"] for row in overview["age"]]
    assert sum(shown["Brought in and taken out, by month"].numbers("introduced")) == overview["findings"] == 3
    assert sum(shown["Brought in and taken out, by month"].numbers("removed")) == overview["states"]["fixed"] == 1
    assert shown["Findings by state, audit by audit"].numbers("open") == [overview["states"]["open"]] == [2]
    assert shown["Findings by repository"].numbers() == [2, 1]


_KINDS_OF_ELEMENT = "return [...document.querySelectorAll('*')].map((each) => each.tagName.toLowerCase())"


def _words(text: str) -> str:
    """Return `text` without its spaces and ligatures, which a sheet sets otherwise."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _said(picture: Picture) -> list[str]:
    return [bar.title for bar in picture.bars]


def _in_proportion(picture: Picture, length: Callable[[Any], float]) -> None:
    """Tell that all bars are drawn in one scale, to the pixel."""
    longest = max(picture.bars, key=lambda bar: bar.number)
    assert longest.number
    for bar in picture.bars:
        assert length(bar) == pytest.approx(length(longest) * bar.number / longest.number, abs=_PIXEL)
