"""Judges places in Python code: whether a rewriter takes one, how, and when its value is fetched afterwards. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from remediation import building, python_conninfo
from remediation import connection as logins
from remediation.building import Build
from remediation.candidate import Candidate
from remediation.errors import NotRewritable
from remediation.manifests import declared
from remediation.model import Disposition, Reference
from remediation.placement import is_test
from remediation.rewriters import notebook, python_engines, python_session_keys
from remediation.rewriters.literals import Site, locate
from remediation.rewriters.python import spelled_differently
from remediation.rewriters.python_attributes import may_be_asked_for
from remediation.rewriters.python_defaults import factory_of
from remediation.rewriters.python_exports import is_exported, may_be_made
from remediation.rewriters.python_idioms import Use, judge, outer
from remediation.rewriters.python_lazy import constant_of, is_used
from remediation.rewriters.source import PythonSource
from scanner.model import Finding

_SETTINGS = re.compile(r"(^|/)(settings|config|conf)(/|[^/]*\.py$)")
"""Frameworks copy what these hold when they start."""
_READ_OF_CLASS = rb"(?:\b[A-Z]\w*|\btype\([^()\n]*\)|__class__)\.%s\b"
_MODULE_WORDS = b"from app_secrets import secret quote urllib.parse password safe encode"
_TESTED = "a test reads it now; where any value will do, make one up"
_ENCODED = "the URL's password is written in another percent-encoding; equal once decoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A tree's files, whether constants may be fetched late, and what building its projects runs of it."""

    tree: Mapping[str, bytes]
    lazy: bool
    builds: tuple[Build, ...]
    manifests: Mapping[str, bytes]
    """Those of the files that say which versions the projects need."""

    def in_file(self, finding: Finding, at: Reference) -> Candidate:
        """Return the candidate of a finding in a module. Raises `NotRewritable`."""
        source = PythonSource.parse(self.tree[finding.path])
        site = locate(source, finding.span, finding.value)
        return self.judged(finding, at, source, site, judge(source, site))

    def in_notebook(self, finding: Finding, at: Reference) -> Candidate:
        """Return the candidate of a finding in a notebook's cell. Raises `NotRewritable`."""
        code, span = notebook.code_at(self.tree[finding.path], finding.span, finding.value)
        source = PythonSource.parse(code)
        site = locate(source, span, finding.value)
        return replace(self, lazy=False).judged(finding, at, source, site, judge(source, site))

    def judged(self, finding: Finding, at: Reference, source: PythonSource, site: Site, use: Use) -> Candidate:
        """Return the candidate at `site`, which is used as `use` says. Raises `NotRewritable`."""
        secret = site.raw_value()
        if secret.reveal() in _MODULE_WORDS:
            raise NotRewritable("the value is a word that the fetching code itself contains")
        run_by = building.of(self.builds, at.path)
        late = self._late(source, site, at.path, lazy=self.lazy or any(each.freed is None for each in run_by))
        strategy, eager = (late, False) if late else (use.strategy, use.eager)
        strategy = python_engines.STRATEGY if not late and python_engines.engines_of(source, site) else strategy
        strategy = python_session_keys.FLASK if self._signs_for_flask(source, site, at.path) else strategy
        disposition, reason = use.disposition, use.reason
        if not reason and is_test(at.path):
            disposition, reason = Disposition.REVIEW, _TESTED
        for build in run_by if eager else ():
            disposition, reason = Disposition.REVIEW, build.told()
        if spelled_differently(site):
            disposition, reason = Disposition.REVIEW, _ENCODED
        return Candidate(
            finding=finding,
            reference=replace(
                at, strategy=strategy, eager=eager, disposition=disposition, reason=reason, value=site.value
            ),
            secret=secret,
            connection=logins.read(source, site) or python_conninfo.read(source, site),
            binding=finding.binding,
        )

    def _signs_for_flask(self, source: PythonSource, site: Site, path: str) -> bool:
        """Tell whether a class of configuration is given a key in a project that needs Flask and not Django."""
        node = outer(source, site)
        if not site.whole or not python_session_keys.in_class(source, source.parents[node]):
            return False
        folder = path.rpartition("/")[0]
        needed = [
            each for each in ("flask", "django") if declared.least_version(self.manifests, folder, each) is not None
        ]
        return needed == ["flask"]

    def _late(self, source: PythonSource, site: Site, path: str, *, lazy: bool) -> str:
        """Return the strategy by which a value is fetched later than its literal was evaluated; empty if it is not."""
        if self._becomes_function(source, site):
            return "default-factory"
        if not lazy or _SETTINGS.search(path):
            return ""
        if self.lazy and may_be_asked_for(source, site):
            return "lazy-attribute"
        name = constant_of(source, site)
        return self._constant(source, site, name, path) if name is not None else ""

    def _constant(self, source: PythonSource, site: Site, name: str, path: str) -> str:
        """Return how a constant is fetched late: in its uses, or also by those who ask the module for it."""
        word = re.compile(rb"\b%s\b|\bimport \*" % name.encode())
        others = {
            other: data
            for other, data in self.tree.items()
            if other != path and other.endswith((".py", ".pyi")) and word.search(data)
        }
        listed = is_exported(source, name)
        if not others and not listed:
            return "lazy-constant" if is_used(source, site, name) else ""
        return "lazy-export" if self.lazy and may_be_made(source, name, path, others) else ""

    def _becomes_function(self, source: PythonSource, site: Site) -> bool:
        """Tell whether a default becomes a function: not where code reads it as an attribute of its class."""
        factory = factory_of(source, site)
        if factory is None:
            return False
        field = factory.attribute.rpartition(".")[2]
        # The class may go by another name where it is read: whatever is named like one counts.
        read = re.compile(_READ_OF_CLASS % field.encode())
        return not field or not any(read.search(data) for path, data in self.tree.items() if path.endswith(".py"))
