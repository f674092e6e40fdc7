"""What a fix starts from: the files of HEAD, what is open in them, and a way to look again at what is rewritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from remediation.git.plumbing import Plumbing
    from remediation.model import Plan, Snapshot
    from scanner.config import ScanConfig
    from scanner.model import Finding
    from scanner.rulebook.model import RuleBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """HEAD and its open findings."""

    top: Path
    book: RuleBook
    config: ScanConfig
    snapshot: Snapshot
    findings: tuple[Finding, ...]
    is_left: Callable[[Finding], bool] = lambda _: False
    """Tells of a finding whether its value was to be left where it is."""

    def rescan(self, files: Mapping[str, bytes]) -> list[Finding]:
        """Return what is open in `files` and was to be fixed; programs may lead into others that are as they were."""
        from scanner.pipeline import scan
        from scanner.sources.texts import TextsSource

        source = TextsSource(f"{self.top} rewritten", files, _texts(self.snapshot))
        opened = scan(source, self.book, self.config).open_findings
        return [finding for finding in opened if finding.path in files and not self.is_left(finding)]


def find(repository: Plumbing, name_prefix: str | None = None) -> Found:
    """Return HEAD with its open findings; what could not be read is warned of. Raises `UsageError`, `GitFailed`.

    `name_prefix` is how the names of secrets begin, with `{app}` for the name of the repository's folder.
    """
    from dataclasses import replace

    from remediation import naming
    from remediation.git.commit import read_head
    from scanner.config import load_config
    from scanner.pipeline import scan
    from scanner.rulebook.loader import load_rulebook
    from scanner.sources import open_source
    from scanner.sources.texts import AmongTexts

    top, book, snapshot = repository.top, load_rulebook(), read_head(repository)
    if name_prefix is not None:
        snapshot = replace(snapshot, app=naming.app_of(name_prefix, top.name))
    config = load_config(top)
    source = AmongTexts(open_source([top], revision="HEAD"), f"{top} commit", _texts(snapshot))
    result = scan(source, book, config)
    for error in result.errors:
        click.echo(f"warning: {error.path}: {error.message}", err=True)
    return Found(top=top, book=book, config=config, snapshot=snapshot, findings=result.open_findings)


def show_elsewhere(found: Found, plan: Plan) -> None:
    """Name findings that stand only in uncommitted, untracked or ignored files: a fix works on HEAD."""
    from scanner.pipeline import scan
    from scanner.sources import open_source

    known = set(plan.fingerprints) | {finding.fingerprint for finding in plan.left}
    known |= {step.fingerprint for step in plan.steps} | {finding.fingerprint for finding in found.findings}
    result = scan(open_source([found.top], ignored=True), found.book, found.config)
    for finding in result.open_findings:
        if finding.fingerprint not in known:
            place = f"{finding.path}:{finding.region.start_line}"
            click.echo(
                f"not in HEAD: {place} [{finding.rule_id}]; commit it, then run `strongroom fix` again", err=True
            )


def _texts(snapshot: Snapshot) -> dict[str, bytes]:
    return {path: entry.data for path, entry in snapshot.entries.items()}
