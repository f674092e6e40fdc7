"""Adds AWS's SDK to a Gemfile or gemspec in its own style; `Gemfile.lock` is made by Bundler alone.

Source: Bundler, "Gemfile"; RubyGems, "Specification Reference" (`add_dependency`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from remediation.manifests.dependencies import edit, needed
from remediation.model import Disposition, Edit, Entry, Step

_GEM = re.compile(r"""^gem[ (]+(?P<quote>['"])(?P<name>[^'"]+)['"](?P<rest>[^\n\r]*)""", re.MULTILINE)
_DEPENDENCY = re.compile(
    r"""^(?P<head>[ \t]*\w+\.add_(?:runtime_)?dependency[ (]*)(?P<quote>['"])(?P<name>[^'"]+)['"](?P<rest>[^\n\r]*)""",
    re.MULTILINE,
)
_SPEC_HEAD = re.compile(r"^([ \t]*)(\w+)\.\w+\s*=", re.MULTILINE)


def add_sdk(entries: Mapping[str, Entry], folder: str) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit that lists the SDK in the project at `folder`, and what is left to a person."""
    (sdk,) = needed("ruby")
    specs = sorted(path for path in entries if path.endswith(".gemspec") and path.rpartition("/")[0] == folder)
    gemfile = f"{folder}/Gemfile".lstrip("/")
    path = specs[0] if specs else gemfile
    if path not in entries:
        return (), (_step(path, f"run gem install {sdk['gem']}", "no Gemfile lists what this needs"),)
    text = entries[path].data.decode("utf-8", "surrogateescape")
    if re.search(rf"""['"]{re.escape(sdk["gem"])}['"]""", text):
        return (), ()
    after = _in_spec(text, sdk) if specs else _in_gemfile(text, sdk)
    if after is None:
        return (), (_step(path, f"add {sdk['gem']}", "where it lists what it needs is not plain"),)
    reason = "Gemfile.lock is made by Bundler; without it the gem is not there"
    return edit(path, entries[path], after.encode("utf-8", "surrogateescape")), (
        _step(path, "run bundle install", reason),
    )


def _step(path: str, action: str, reason: str) -> Step:
    return Step(path=path, line=1, disposition=Disposition.MANUAL, action=action, reason=reason)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _in_gemfile(text: str, sdk: Mapping[str, str]) -> str:
    gems = list(_GEM.finditer(text))
    if not gems:
        gap = "" if not text or text.endswith("\n") else _newline(text)
        return f'{text}{gap}gem "{sdk["gem"]}"{_newline(text)}'
    versioned = all(re.match(r"""\s*,\s*['"]""", each["rest"]) for each in gems)
    quote = gems[-1]["quote"]
    version = f", {quote}~> {sdk['version']}{quote}" if versioned else ""
    return _listed(text, gems, f"gem {quote}{sdk['gem']}{quote}{version}", sdk["gem"])


def _listed(text: str, present: Sequence[re.Match[str]], line: str, name: str) -> str:
    """Return the text with a line among those present: where their order has it, else behind the last."""
    names = [each["name"] for each in present]
    later = next((each for each in present if each["name"] > name), None) if names == sorted(names) else None
    if later is not None:
        return f"{text[: later.start()]}{line}{_newline(text)}{text[later.start() :]}"
    return f"{text[: present[-1].end()]}{_newline(text)}{line}{text[present[-1].end() :]}"


def _in_spec(text: str, sdk: Mapping[str, str]) -> str | None:
    present = list(_DEPENDENCY.finditer(text))
    if present:
        last = present[-1]
        closing = ")" if last["head"].rstrip().endswith("(") else ""
        quote = last["quote"]
        version = f", {quote}~> {sdk['version']}{quote}" if re.search(r"\d", last["rest"]) else ""
        return _listed(text, present, f"{last['head']}{quote}{sdk['gem']}{quote}{version}{closing}", sdk["gem"])
    heads = list(_SPEC_HEAD.finditer(text))
    if not heads:
        return None
    end = text.find("\n", heads[-1].end())
    end = len(text) if end < 0 else end
    end -= text[:end].endswith("\r")
    line = f'{heads[-1][1]}{heads[-1][2]}.add_dependency "{sdk["gem"]}", "~> {sdk["version"]}"'
    return f"{text[:end]}{_newline(text)}{line}{text[end:]}"
