"""A repository with a remote and a project on a forge, as a user of `strongroom fix --pr` has them."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.testing.credentials import made_up_credential
from tests.testing.fix_faults import FixProcess
from tests.testing.forges import Fake, Project
from tests.testing.gitrepo import git, make_repository
from tests.testing.server import command_line, plain_environment
from tests.testing.stub import Stub

FILES = {"requirements.txt": "requests\n", "shop/__init__.py": ""}


@dataclass(frozen=True, kw_only=True)
class Hub:
    """A forge that runs: its fake, what it was asked, and where its API is."""

    fake: Fake
    stub: Stub
    api: str


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A repository with a credential in a module, cloned from a bare remote that a forge keeps."""

    top: Path
    bare: Path
    home: Path
    hub: Hub
    name: str
    value: str
    variables: dict[str, str] = field(default_factory=dict)
    process: FixProcess | None = None
    """What runs its commands without a start for each."""

    @property
    def project(self) -> Project:
        """Return the project on the forge."""
        return self.hub.fake.projects[self.name]

    @property
    def branch(self) -> str:
        """Return the one branch of a fix that the remote has."""
        (found,) = git(self.bare, "branch", "--list", "--format=%(refname:short)", "strongroom/*").split()
        return found

    def fix(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `strongroom fix --pr` as a user does."""
        forge = ("--forge", self.hub.fake.name, "--forge-url", self.hub.api)
        return self.run("fix", "--pr", *forge, *arguments, **{**self._environment(), **variables})

    def again(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run `strongroom fix resume` or `undo`, with nothing said again but the token."""
        return self.run("fix", command, **self._environment())

    def _environment(self) -> dict[str, str]:
        kind = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN"}[self.hub.fake.name]
        return {"STRONGROOM_HOME": str(self.home), kind: self.hub.fake.token, **self.variables}

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the repository; no token of this process's environment comes along."""
        if self.process is not None:
            out, err = self.top.parent / "said.out", self.top.parent / "said.err"
            status, _ = self.process.command(self.top, *arguments, out=out, err=err, variables=variables)
            return subprocess.CompletedProcess(arguments, status, out.read_text(), err.read_text())
        environment = plain_environment(**variables)
        for token in {"GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "GITHUB_API_URL"} - variables.keys():
            environment.pop(token, None)
        return subprocess.run(
            command_line(*arguments), cwd=self.top, env=environment, capture_output=True, text=True, check=False
        )

    def commit(self, path: str, text: str, *, push: bool = True) -> None:
        """Commit a file, and have the remote know."""
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        (self.top / path).write_text(text)
        git(self.top, "add", path)
        git(self.top, "commit", "--quiet", "--message=work")
        if push:
            git(self.top, "push", "--quiet", str(self.bare), "main")

    def asked(self) -> bytes:
        """Return every byte that the forge was sent."""
        return b"\n".join(
            b" ".join((each.target.encode(), repr(each.headers).encode(), each.body)) for each in self.hub.stub.asked
        )


def open_shop(
    folder: Path,
    hub: Hub,
    process: FixProcess | None = None,
    *,
    place: str = "settings.py",
    template: str = 'API_KEY = "{}"\n',
) -> Shop:
    """Make a repository whose `place` holds a credential, its remote on this machine, and its project on the forge."""
    value, name = made_up_credential(), f"acme/shop-{secrets.token_hex(4)}"
    top = make_repository(folder / "shop", {**FILES, place: template.format(value)})
    bare = folder / "remotes" / f"{name}.git"
    bare.parent.mkdir(parents=True)
    git(folder, "clone", "--quiet", "--bare", str(top), str(bare))
    git(bare, "config", "http.receivepack", "true")
    git(top, "remote", "add", "origin", bare.as_uri())
    hub.fake.projects[name] = Project()
    return Shop(top=top, bare=bare, home=folder / "home", hub=hub, name=name, value=value, process=process)
