"""Adds AWS's SDK to a .NET project, and to the versions of all packages where a repository keeps them in one place.

Source: NuGet documentation, "PackageReference in project files", "Central Package Management".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from remediation.errors import NotRewritable
from remediation.manifests import xml
from remediation.manifests.dependencies import edit, needed
from remediation.model import Disposition, Edit, Entry, Step

_CENTRAL = "Directory.Packages.props"
_CLIENT = re.compile(
    rb"BlazorWebAssembly|<UseMaui>\s*true|net\d[\d.]*-(?:android|ios|maccatalyst)|Xamarin\.(?:Android|iOS)"
)
_OLD = re.compile(rb"<Compile\s+Include=|packages\.config|ToolsVersion=")


def project_of(tree: Mapping[str, bytes], path: str) -> str | None:
    """Return the project file of a source file: the one in the nearest folder upwards."""
    projects = [each for each in tree if each.endswith(".csproj")]
    folder = path.rpartition("/")[0]
    while True:
        found = sorted(each for each in projects if each.rpartition("/")[0] == folder)
        if found:
            return found[0]
        if not folder:
            return None
        folder = folder.rpartition("/")[0]


def lists_its_files(data: bytes) -> bool:
    """Tell whether a project is of the old form, which knows no file that it does not name."""
    return _OLD.search(data) is not None and b"<Project Sdk=" not in data


def is_client(data: bytes) -> bool:
    """Tell whether a project runs in a browser or on a phone, where no secret can be kept."""
    return _CLIENT.search(data) is not None


def add_sdk(entries: Mapping[str, Entry], path: str | None) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edits that list the SDK in the project at `path`, or what is left to a person."""
    (sdk,) = needed("dotnet")
    if path is None:
        return (), (_step(_CENTRAL, "no project file is near"),)
    try:
        return _added(entries, path, sdk), ()
    except NotRewritable as refusal:
        return (), (_step(path, refusal.reason),)


def _step(path: str, reason: str) -> Step:
    (sdk,) = needed("dotnet")
    return Step(path=path, line=1, disposition=Disposition.MANUAL, action=f"add {sdk['package']}", reason=reason)


def _added(entries: Mapping[str, Entry], path: str, sdk: Mapping[str, str]) -> Sequence[Edit]:
    package = sdk["package"]
    central = _central(entries, path)
    version = "" if central is not None else f' Version="{sdk["version"]}"'
    reference = f'<PackageReference Include="{package}"{version} />'
    edits = list(_with(entries, path, "PackageReference", reference, package))
    if central is not None:
        row = f'<PackageVersion Include="{package}" Version="{sdk["version"]}" />'
        edits += _with(entries, central, "PackageVersion", row, package)
    return edits


def _central(entries: Mapping[str, Entry], path: str) -> str | None:
    folder = path.rpartition("/")[0]
    while True:
        name = f"{folder}/{_CENTRAL}".lstrip("/")
        if name in entries:
            return name if b"<ManagePackageVersionsCentrally>true" in entries[name].data else None
        if not folder:
            return None
        folder = folder.rpartition("/")[0]


def _with(entries: Mapping[str, Entry], path: str, kind: str, row: str, package: str) -> Sequence[Edit]:
    entry = entries[path]
    text = entry.data.decode("utf-8", "surrogateescape")
    if f'"{package}"' in text:
        return ()
    return edit(path, entry, _written(text, kind, row).encode("utf-8", "surrogateescape"))


def _written(text: str, kind: str, row: str) -> str:
    newline = xml.newline(text)
    found = list(xml.elements(text))
    listed = [each for each in found if each.path == ("Project", "ItemGroup", kind)]
    if listed:
        last = max(listed, key=lambda each: each.end)
        return f"{text[: last.end]}{newline}{xml.indent(text, last.start)}{row}{text[last.end :]}"
    project = next((each for each in found if each.path == ("Project",)), None)
    if project is None:
        raise NotRewritable("the file has no project")
    step = next((xml.indent(text, each.start) for each in found if len(each.path) == 2), "  ") or "  "
    group = f"{step}<ItemGroup>{newline}{step * 2}{row}{newline}{step}</ItemGroup>{newline}"
    blank = newline if re.search(r"\n[ \t]*\r?\n[ \t]*<", text) else ""
    return f"{text[: project.closing]}{group}{blank}{text[project.closing :]}"
