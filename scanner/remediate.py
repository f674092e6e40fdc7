"""Says of a finding whether `fix` can rewrite its place, how, and why not."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

from scanner.model import Candidate, Remediation
from scanner.rulebook.model import Disposition, Rule


def remediation(candidate: Candidate, rule: Rule, path: str) -> Remediation:
    """Return the way out for a candidate: a strategy where code can be rewritten, else the reason in words."""
    if rule.disposition is Disposition.MANUAL:
        return Remediation(fixable=False, strategy="manual", reason=rule.reason or "a person must decide")
    if candidate.strategy:
        return _in_code(candidate)
    kind = path.rsplit("/", 1)[-1].rsplit(".", 1)[-1] if "." in path.rsplit("/", 1)[-1] else "text"
    return Remediation(
        fixable=False,
        strategy="manual",
        reason=f"no rewrite of {kind} files; move the value to the vault and read it from the environment",
    )


def _in_code(candidate: Candidate) -> Remediation:
    table = _strategies()
    reason = table["fixable"].get(candidate.strategy)
    if reason is not None:
        return Remediation(fixable=True, strategy=candidate.strategy, reason=reason)
    manual = table["manual"].get(candidate.strategy, table["manual"]["other"])
    return Remediation(fixable=False, strategy=candidate.strategy, reason=manual)


@lru_cache(maxsize=1)
def _strategies() -> dict[str, dict[str, Any]]:
    import yaml

    text = files("scanner.python").joinpath("strategies.yaml").read_text(encoding="utf-8")
    read: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return read
