"""What a browser made of an audit's page: its pictures, its tables, its colours, and what does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.testing.chromium import Chromium

_SCRIPTS = Path(__file__).parent / "page_scripts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What stands for a number: its classes, what it says of itself, and its size on the screen in pixels."""

    number: int
    kind: str
    title: str
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture: its size in pixels, its bars, and the rows of its table."""

    width: float
    height: float
    bars: list[Bar]
    table: list[list[str]]

    def numbers(self, kind: str = "") -> list[int]:
        """Return the numbers of all bars, or of those of one class."""
        return [bar.number for bar in self.bars if not kind or kind in bar.kind.split()]


def pictures(browser: Chromium) -> dict[str, Picture]:
    """Return the pictures of the page by their captions."""
    return {
        shown.pop("caption"): Picture(**{**shown, "bars": [Bar(**bar) for bar in shown["bars"]]})
        for shown in _asked(browser, "pictures")
    }


def faint(browser: Chromium, least: float) -> list[str]:
    """Return the texts whose contrast against what is behind them (WCAG 2.2, 1.4.3) is below `least`."""
    found: list[str] = _asked(browser, "contrast", least)
    return found


def unfold(browser: Chromium) -> None:
    """Open all that is folded."""
    browser.ask("document.querySelectorAll('details').forEach((each) => { each.open = true })")


def cut(browser: Chromium) -> list[str]:
    """Return what goes past the right edge of the column of text, or past that of the picture that it is in."""
    found: list[str] = _asked(browser, "cut")
    return found


def overlapping(browser: Chromium) -> list[str]:
    """Return the names under columns that run into the next."""
    found: list[str] = _asked(browser, "overlapping")
    return found


def _asked(browser: Chromium, script: str, *words: object) -> Any:
    return browser.ask((_SCRIPTS / f"{script}.js").read_text(), *words)
