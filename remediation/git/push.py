"""Brings a fix's branch to its remote, and never over commits of people.

How the password for it is given to git: `strongroom.kernel.gitremote`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from remediation.errors import Refused
from remediation.git.forge import ForgeUnavailable
from remediation.git.ours import all_ours
from remediation.git.outpost import Outpost
from remediation.git.plumbing import GitFailed
from remediation.git.remote import Login, Remote
from strongroom.kernel import gitremote
from strongroom.kernel.errors import Denied, StrongroomError, UsageError
from strongroom.kernel.inert import inert

_REFUSALS = Path(__file__).with_name("push_refusals.yaml")
_BRANCH, _BASE = "refs/strongroom/branch", "refs/strongroom/base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """What a remote holds of the branches that matter: their commits, and which one is its default."""

    commits: Mapping[str, str]
    default: str | None


class Pusher:
    """Speaks git with one remote, from an outpost, as `login` where it is asked who it is."""

    def __init__(self, outpost: Outpost, remote: Remote, login: Login | None) -> None:
        self._outpost = outpost
        self._remote = remote
        self._login = login

    @property
    def remote(self) -> str:
        """Return the remote's name."""
        return self._remote.name

    def heads(self, *branches: str) -> Heads:
        """Return where the remote has `branches`. Raises `Denied`, `ForgeUnavailable`, `GitFailed`."""
        wanted = [f"refs/heads/{branch}" for branch in branches]
        out = self._talk("ls-remote", "--symref", self._remote.url, "HEAD", *wanted).decode("utf-8", "replace")
        rows = [line.partition("\t") for line in out.splitlines()]
        named = {name: commit for commit, _, name in rows if name in wanted}
        default = next((target for target, _, name in rows if name == "HEAD" and target.startswith("ref: ")), None)
        return Heads(
            commits={name.removeprefix("refs/heads/"): commit for name, commit in named.items()},
            default=default.removeprefix("ref: refs/heads/") if default else None,
        )

    def holds(self, heads: Heads, base: str, commit: str) -> bool:
        """Tell whether `commit` is part of the remote's branch `base`, of which `heads` knows."""
        tip = heads.commits[base]
        self._have({base: tip}, {base: _BASE})
        return self._outpost.attempt("merge-base", "--is-ancestor", commit, tip)[0] == 0

    def require_ours(self, heads: Heads, branch: str, base: str, commit: str) -> str | None:
        """Return where the remote has `branch`, None where it has none.

        Raises `Refused` where it holds anything but commits of a fix, on top of those of `base` and of `commit`.
        """
        tip = heads.commits.get(branch)
        if tip is None:
            return None
        commits, names = {branch: tip, base: heads.commits[base]}, {branch: _BRANCH, base: _BASE}
        if self._outpost.is_shallow:
            # Where the branch left its base may be out of sight.
            self._fetch(commits, names, "--unshallow")
        self._have(commits, names)
        if all_ours(self._outpost, tip, [heads.commits[base], commit]):
            return tip
        raise Refused(
            f"the branch {branch} on {self._remote.name} holds more than a fix made; it is left as it is",
            hint="merge or take over what people did there, then delete it; or name another with --branch",
        )

    def push(self, branch: str, commit: str, tip: str | None) -> bool:
        """Leave `commit` on the remote's `branch`, which was at `tip` when it was looked at.

        A branch with the same tree is left as it is, and False returned. Raises `Refused` where somebody was
        faster or the remote forbids it, `Denied`, `ForgeUnavailable`, `GitFailed`.
        """
        if tip is not None and self._tree(tip) == self._tree(commit):
            return False
        ref = f"refs/heads/{branch}"
        self._talk(
            *("push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"),
            *(f"--force-with-lease={ref}:{tip or ''}", self._remote.url, f"{commit}:{ref}"),
        )
        return True

    def _tree(self, commit: str) -> bytes:
        return self._outpost.run("rev-parse", f"{commit}^{{tree}}")

    def _have(self, commits: Mapping[str, str], names: Mapping[str, str]) -> None:
        """Fetch what of `commits` (by branch) the user's repository lacks; it gets none of it."""
        absent = [branch for branch, commit in commits.items() if not self._outpost.holds(commit)]
        if absent:
            self._fetch(absent, names)

    def _fetch(self, branches: Iterable[str], names: Mapping[str, str], *options: str) -> None:
        specs = [f"+refs/heads/{branch}:{names[branch]}" for branch in branches]
        self._talk("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *options, self._remote.url, *specs)

    def _talk(self, *arguments: str) -> bytes:
        status, out, err = self._outpost.attempt(*arguments, settings=self._settings(), env=self._environment())
        if status != 0:
            raise self._failure(arguments[0], (out + b"\n" + err).decode("utf-8", "replace"))
        return out

    def _settings(self) -> Sequence[str]:
        if self._login is None:
            return ()
        return gitremote.login_settings(self._login.origin)

    def _environment(self) -> Mapping[str, str]:
        if self._login is None:
            return {}
        return gitremote.login_variables(self._login.user, self._login.password)

    def _failure(self, command: str, said: str) -> StrongroomError:
        if self._login is not None:
            said = said.replace(self._login.password.reveal_text(), "•" * 8)
        lines = [line for line in (_readable(line) for line in said.splitlines()) if line]
        for row in _refusals():
            line = next((line for line in lines if row["says"] in line), None)
            if line is not None:
                # What the other side itself has to say comes with this word in front.
                more = [each for each in lines if each.startswith("remote: ") and each != line][:1]
                message = f"{row['message'].format(remote=self._remote.name)}: {'; '.join((line, *more))}"
                return _KINDS[row["kind"]](message, hint=row["hint"])
        return GitFailed(f"git {command}: {next(iter(lines), 'it failed')}")


_KINDS: Mapping[str, type[StrongroomError]] = {
    "denied": Denied,
    "unavailable": ForgeUnavailable,
    "refused": Refused,
    "usage": UsageError,
}


@cache
def _refusals() -> Sequence[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = yaml.safe_load(_REFUSALS.read_text(encoding="utf-8"))
    return rows


def _readable(line: str) -> str:
    return inert(line.replace("\t", " ").strip())[:300]
