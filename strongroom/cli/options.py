"""The options of `strongroom scan`, and a reader of the usual ones that costs a hook nothing.

The command's own reader is click's, in `scan.py`; this one answers the same or not at all (tests/arch holds them
equal). What it does not know, a mistake included, it leaves to click.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS = ("text", "json", "jsonl", "sarif", "gitlab", "junit", "csv", "markdown", "html", "github")
CONFIDENCES = ("low", "medium", "high")
ANALYSES = ("auto", "off")
MOST_JOBS = 64
_USUAL_JOBS = 4

FLAGS = {
    "--staged": "staged",
    "--history": "history",
    "--dangling": "dangling",
    "--submodules": "submodules",
    "--show-secrets": "show_secrets",
    "--explain": "explain",
    "--exit-zero": "exit_zero",
    "--no-cache": "no_cache",
    "--verify": "verify",
}
CHOICES = {
    "--format": ("form", FORMATS),
    "--min-confidence": ("min_confidence", CONFIDENCES),
    "--analysis": ("analysis", ANALYSES),
}
TEXTS = {
    "--output": "output",
    "--config": "config_file",
    "--baseline": "baseline",
    "--since": "since",
    "--range": "commit_range",
}
REPEATED = {"--rules": "rule_paths", "--verify-host": "verify_hosts"}
LEFT_TO_CLICK = ("--review", "--request", "--forge", "--forge-url", "--forge-project", "--remote")
"""What no hook is given."""
SHORT = {"-f": "--format", "-o": "--output", "-j": "--jobs"}


class ScanOptions:
    """What `strongroom scan` was asked to do."""

    __slots__ = (
        "analysis",
        "baseline",
        "commit_range",
        "config_file",
        "dangling",
        "exit_zero",
        "explain",
        "form",
        "history",
        "jobs",
        "min_confidence",
        "no_cache",
        "output",
        "paths",
        "request",
        "review",
        "rule_paths",
        "show_secrets",
        "since",
        "staged",
        "submodules",
        "verify",
        "verify_hosts",
    )

    def __init__(self) -> None:
        self.paths: tuple[str, ...] = ()
        self.staged = False
        self.since: str | None = None
        self.history = False
        self.dangling = False
        self.commit_range: str | None = None
        self.submodules = False
        self.form = "text"
        self.output: str | None = None
        self.config_file: str | None = None
        self.baseline: str | None = None
        self.rule_paths: tuple[str, ...] = ()
        self.min_confidence: str | None = None
        self.analysis: str | None = None
        self.show_secrets = False
        self.explain = False
        self.jobs: int | None = None
        self.exit_zero = False
        self.no_cache = False
        self.review = False
        self.request: int | None = None
        self.verify = False
        self.verify_hosts: tuple[str, ...] = ()

    def threads(self) -> int:
        """Return how many threads may read.

        A tree is read fastest by one: what a second gains in reading, the two lose in waiting for the interpreter.
        """
        if self.jobs is not None:
            return self.jobs
        return min(_USUAL_JOBS, os.cpu_count() or 1) if self.history or self.since is not None else 1


def read_options(arguments: Sequence[str]) -> ScanOptions | None:
    """Return the options that `arguments` (those after `scan`) ask for; None where click has to say."""
    if any(name.startswith("STRONGROOM_SCAN_") for name in os.environ):
        return None
    options = ScanOptions()
    paths: list[str] = []
    waiting = list(reversed(arguments))
    while waiting:
        word = waiting.pop()
        if word == "--":
            paths.extend(reversed(waiting))
            break
        if word == "-" or not word.startswith("-"):
            paths.append(word)
        elif not _take(options, word, waiting):
            return None
    options.paths = tuple(paths)
    return options


def _take(options: ScanOptions, word: str, waiting: list[str]) -> bool:
    """Set what one option says, its value taken from `waiting` if it has one; tell whether it could be read."""
    if word in FLAGS:
        setattr(options, FLAGS[word], True)
        return True
    name, given, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
    name = SHORT.get(name, name)
    if not given:
        if not waiting:
            return False
        value = waiting.pop()
    return _set(options, name, value)


def _set(options: ScanOptions, name: str, value: str) -> bool:
    if name in TEXTS:
        setattr(options, TEXTS[name], value)
        return bool(value)
    if name in CHOICES:
        attribute, known = CHOICES[name]
        setattr(options, attribute, value)
        return value in known
    if name in REPEATED:
        setattr(options, REPEATED[name], (*getattr(options, REPEATED[name]), value))
        return bool(value)
    if name == "--jobs" and value.isascii() and value.isdigit() and 1 <= int(value) <= MOST_JOBS:
        options.jobs = int(value)
        return True
    return False
