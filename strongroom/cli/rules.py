"""`strongroom rules`: what is looked for, and a rule author's loop."""

from __future__ import annotations

import json
from pathlib import Path

import click

from strongroom.kernel.errors import ExitCode, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.rulebook.model import Rule


@click.group(
    epilog="""\b
Examples:
  strongroom rules list
  strongroom rules show aws-secret-access-key
  strongroom rules test my-rules.yaml"""
)
def command() -> None:
    """What is looked for, and a rule author's loop."""


def _heard(notes: tuple[str, ...]) -> None:
    for note in notes:
        click.echo(f"note: {note}", err=True)


@command.command("list", epilog="Example: strongroom rules list --format json")
@click.option("--rules", "rule_paths", type=click.Path(path_type=Path), multiple=True, help="More rules (repeatable).")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def list_(rule_paths: tuple[Path, ...], form: str) -> None:
    """List every rule with its severity and name."""
    from scanner.rulebook.loader import load_rulebook

    book = load_rulebook(rule_paths)
    _heard(book.notes)
    rules = sorted(book.rules, key=lambda rule: rule.id)
    if form == "json":
        shown = [{"id": rule.id, "name": rule.name, "severity": rule.severity.value} for rule in rules]
        click.echo(json.dumps(shown, indent=2))
        return
    width = max(len(rule.id) for rule in rules)
    for rule in rules:
        click.echo(f"{rule.id:{width}}  {rule.severity.value:8}  {rule.name}")
    click.echo(f"{len(rules)} rules", err=True)


@command.command(epilog="Example: strongroom rules show github-personal-access-token")
@click.argument("rule_id")
@click.option("--rules", "rule_paths", type=click.Path(path_type=Path), multiple=True, help="More rules (repeatable).")
def show(rule_id: str, rule_paths: tuple[Path, ...]) -> None:
    """Show one rule: what it finds and what a thief gains."""
    from scanner.rulebook.loader import load_rulebook

    rule = load_rulebook(rule_paths).by_id.get(rule_id)
    if rule is None:
        raise UsageError(f"there is no rule {rule_id}", hint="`strongroom rules list` names them")
    click.echo(f"{rule.id}: {rule.name}\n\n{rule.description}\n")
    facts = {
        "severity": rule.severity.value,
        "confidence": rule.confidence.value,
        "keywords": ", ".join(rule.keywords),
        "pattern": rule.pattern,
        "names": ", ".join(rule.names),
        "verifier": _verifier(rule),
        "rotator": rule.rotator or "",
        "references": " ".join(rule.references),
        "file": rule.origin,
    }
    for name, text in facts.items():
        if text:
            click.echo(f"{name:10}  {text}")


def _verifier(rule: Rule) -> str:
    if rule.verifier is None:
        return ""
    return rule.verifier.use or f"{rule.verifier.method} {rule.verifier.url}"


@command.command("test", epilog="Example: strongroom rules test my-rules.yaml")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
def test(files: tuple[Path, ...]) -> int:
    """Prove rules by their examples and counter-examples; ours, or those of FILE."""
    from scanner.rulebook.loader import load_rulebook, rule_files
    from scanner.rulecheck import check_rulebook
    from strongroom.kernel.record import replace

    book = load_rulebook(files)
    _heard(book.notes)
    if files:
        named = {str(each) for path in files for each in rule_files(path)}
        rules = tuple(rule for rule in book.rules if rule.origin in named)
        book = replace(book, rules=rules, by_id={rule.id: rule for rule in rules})
    problems = check_rulebook(book)
    for problem in problems:
        click.echo(f"{problem.origin}: {problem.rule_id}: {problem.message}")
    examples = sum(len(rule.examples) for rule in book.rules)
    counter_examples = sum(len(rule.counter_examples) for rule in book.rules)
    verdict = f"{len(problems)} problems" if problems else "all hold"
    click.echo(f"{len(book.rules)} rules, {examples} examples, {counter_examples} counter-examples: {verdict}")
    return ExitCode.FOUND if problems else ExitCode.OK
