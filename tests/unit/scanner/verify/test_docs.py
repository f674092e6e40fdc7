"""The page about verification lists whom our rules ask, and what can be said by them."""

from __future__ import annotations

from pathlib import Path

from scanner.rulebook.model import Rule
from tests.unit.scanner.verify.shipped import BY_HTTP, verifier_of

PAGE = Path(__file__).parents[4] / "docs" / "verify.md"


def row(rule: Rule) -> tuple[str, str, str]:
    verifier = verifier_of(rule)
    told = "active, inactive" if verifier.inactive else "active"
    told = "active; inactive at a host you name" if verifier.elsewhere else told
    url = verifier.url.removeprefix("https://").partition("?")[0]
    return Path(rule.origin).stem, f"`{verifier.method} {url}`", told


def table() -> str:
    """Return the table of the page, as the rules have it."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for rule in sorted(BY_HTTP, key=lambda one: one.id):
        rows.setdefault(row(rule), []).append(f"`{rule.id}`")
    lines = [f"| {', '.join(rules)} | {asked} | {told} |" for (_, asked, told), rules in sorted(rows.items())]
    return "\n".join(["| rules | asked | says |", "|---|---|---|", *lines, ""])


def test_the_page_lists_every_host_that_our_rules_ask() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
