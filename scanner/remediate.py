"""Says of a finding whether `fix` can rewrite its place, how, and why not."""

from __future__ import annotations

import os
from functools import lru_cache

from scanner.decoding.piece import NOTEBOOK
from scanner.globs import Globs
from scanner.kept import load_yaml
from scanner.model import Blob, Candidate, Remediation
from scanner.rulebook.model import Disposition, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CODE_OF_NOTEBOOK = f"{NOTEBOOK} code cell"
_READABLE = ((), ("base64",))
"""How a value may stand in configuration that can be rewritten: as it is, or in base64 (a Secret of Kubernetes)."""

OUT_OF_HEAD = Remediation(
    fixable=False, strategy="manual", reason="it is out of HEAD, and in the history for whoever has that: rotate it"
)
"""What is left to do about a value that no file of HEAD holds any more."""


def remediation(candidate: Candidate, rule: Rule, blob: Blob) -> Remediation:
    """Return the way out for a candidate: a strategy where code can be rewritten, else the reason in words."""
    if rule.disposition is Disposition.MANUAL:
        return Remediation(fixable=False, strategy="manual", reason=rule.reason or "a person must decide")
    if blob.container:
        return Remediation(fixable=False, strategy="manual", reason=f"it lies in an {blob.container}; make that anew")
    if candidate.codecs not in _READABLE or (candidate.codecs and not _is_configuration(blob.path)):
        return _encoded(candidate)
    if candidate.strategy == "octets" and _globs("of_bytes").fit(f"/{blob.path}"):
        return Remediation(fixable=True, strategy="octets", reason="the program can fetch bytes when it runs")
    return _in_code(candidate) if candidate.strategy else _in_file(blob.path)


def _encoded(candidate: Candidate) -> Remediation:
    if len(candidate.codecs) == 1 and candidate.codecs[0].startswith(_CODE_OF_NOTEBOOK):
        return Remediation(fixable=True, strategy="notebook-cell", reason="code of a notebook")
    return Remediation(
        fixable=False,
        strategy="manual",
        reason=f"it stands encoded ({', '.join(candidate.codecs)}); take it out by hand",
    )


def _in_file(path: str) -> Remediation:
    if _is_configuration(path):
        return Remediation(fixable=True, strategy="configuration", reason="what reads the file can fetch it elsewhere")
    if _is_program(path):
        return Remediation(fixable=True, strategy="program", reason="the program can fetch it when it runs")
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


def _is_program(path: str) -> bool:
    return _globs("programs").fit(f"/{path}")


def _is_configuration(path: str) -> bool:
    return _globs("rewritten").fit(f"/{path}")


@lru_cache(maxsize=3)
def _globs(key: str) -> Globs:
    here = os.path.dirname(__file__)  # noqa: PTH120 - on the way to every finding
    return Globs(load_yaml(os.path.join(here, "configuration.yaml"))[key])  # noqa: PTH118


@lru_cache(maxsize=1)
def _strategies() -> dict[str, dict[str, Any]]:
    here = os.path.dirname(__file__)  # noqa: PTH120 - on the way to every finding
    read: dict[str, dict[str, Any]] = load_yaml(os.path.join(here, "python", "strategies.yaml"))  # noqa: PTH118
    return read
