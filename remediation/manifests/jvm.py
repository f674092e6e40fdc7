"""Adds AWS's SDK to the manifest of a build for the Java machine: `pom.xml`, or Gradle's build file in its own style.

Source: Maven, "POM Reference"; Gradle User Manual, "Declaring dependencies", "Version catalogs".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from remediation.errors import NotRewritable
from remediation.manifests import gradle, maven
from remediation.manifests.dependencies import needed
from remediation.model import Disposition, Edit, Entry, Step

_MODULE_INFO = re.compile(rb"\b(?:open[ \t]+)?module[ \t]+[\w.]+[ \t]*\{")
_MODULE = "software.amazon.awssdk.services.secretsmanager"


def add_sdk(entries: Mapping[str, Entry], folder: str) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edits that list the SDK in the nearest manifest upwards of `folder`, and what is left to a person."""
    (sdk,) = needed("jvm")
    for place in _upwards(folder):
        for name, add in (("pom.xml", maven.added), ("build.gradle.kts", gradle.added), ("build.gradle", gradle.added)):
            path = f"{place}/{name}".lstrip("/")
            if path in entries:
                try:
                    return add(entries, path, sdk), tuple(_of_modules(entries, folder))
                except NotRewritable as refusal:
                    return (), (_step(path, refusal.reason),)
    return (), (_step(folder or "pom.xml", "no pom.xml or build.gradle lists dependencies here"),)


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def _step(path: str, reason: str) -> Step:
    (sdk,) = needed("jvm")
    action = f"add {sdk['group']}:{sdk['artifact']}"
    return Step(path=path, line=1, disposition=Disposition.MANUAL, action=action, reason=reason)


def _of_modules(entries: Mapping[str, Entry], folder: str) -> Iterator[Step]:
    path = f"{folder}/module-info.java".lstrip("/")
    entry = entries.get(path)
    if entry is not None and _MODULE_INFO.search(entry.data) and _MODULE.encode() not in entry.data:
        action = f"add to the module: requires {_MODULE}"
        reason = "which modules the SDK's own parts are in depends on its version"
        yield Step(path=path, line=1, disposition=Disposition.MANUAL, action=action, reason=reason)
