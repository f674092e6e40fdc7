"""Draws docs/audit-overview.png and docs/audit-phone.png: the page of an audit that never was, in a real Chromium."""

from __future__ import annotations

import tempfile
from pathlib import Path

from scanner.audit.reports.html import write_html
from tests.testing.audit_document import made_up
from tests.testing.chromium import Chromium, running_chromium

_HERE = Path(__file__).parent
_AT_A_DESK = ("audit-overview.png", 1280, 1600)
_ON_A_PHONE = ("audit-phone.png", 390, 1500)
_MOST_BYTES = 300_000


def main() -> None:
    """Write a page, open it and keep its top."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "audit.html"
        with page.open("w", encoding="utf-8") as stream:
            write_html(made_up(findings=240), stream)
        with running_chromium(Path(folder)) as browser:
            for name, width, height in (_AT_A_DESK, _ON_A_PHONE):
                _draw(browser, page, _HERE / name, width, height)


def _draw(browser: Chromium, page: Path, picture: Path, width: int, height: int) -> None:
    browser.open(page, width=width, phone=picture.name == _ON_A_PHONE[0])
    drawn = browser.picture(height=height)
    assert len(drawn) < _MOST_BYTES, f"{picture.name} has {len(drawn)} bytes: choose less of the page"
    picture.write_bytes(drawn)


main()
