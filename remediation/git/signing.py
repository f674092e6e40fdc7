"""Makes commits, signed where the user signs theirs; no program that a repository names is run for it.

Whether to sign, how and with which key may be set anywhere, as for `git commit` (git-config(1): commit.gpgSign,
gpg.format, user.signingKey). Programs count only from settings of the user or the machine.
"""

from __future__ import annotations

from collections.abc import Sequence

from remediation.git.plumbing import GitFailed, Plumbing

_PROGRAMS = {
    "gpg.program": "gpg",
    "gpg.openpgp.program": "gpg",
    "gpg.x509.program": "gpgsm",
    "gpg.ssh.program": "ssh-keygen",
    "gpg.ssh.defaultKeyCommand": "false",
}
"""What git runs to sign, by its setting, and what it runs where nothing is set; no key is told by default."""
_REPOSITORYS = ("local", "worktree")


def commit_tree(plumbing: Plumbing, tree: str, parent: str, message: bytes) -> str:
    """Return the commit that is made of a tree. Raises `GitFailed`, for a commit that cannot be signed too."""
    signs = plumbing.attempt("config", "--type=bool", "--get", "commit.gpgSign")[1].strip() == b"true"
    options, settings = (("-S",), _programs(plumbing)) if signs else ((), ())
    arguments = ("commit-tree", tree, "-p", parent, *options, "-F", "-")
    status, out, err = plumbing.attempt(*arguments, feed=message, settings=settings)
    if status != 0:
        said = err.decode("utf-8", "replace").strip().splitlines() or [f"exit status {status}"]
        if signs:
            raise GitFailed(
                f"git could not sign the commit: {said[0]}",
                hint="see that `git commit -S` works here; or set commit.gpgSign to false for this repository",
            )
        raise GitFailed(f"git commit-tree: {said[0]}")
    return out.decode("ascii").strip()


def _programs(plumbing: Plumbing) -> Sequence[str]:
    """Return settings that put what the repository names as programs aside."""
    return [f"{name}={_users(plumbing, name) or usual}" for name, usual in _PROGRAMS.items() if _is_set(plumbing, name)]


def _is_set(plumbing: Plumbing, name: str) -> bool:
    return plumbing.attempt("config", "--get", name)[0] == 0


def _users(plumbing: Plumbing, name: str) -> str:
    """Return the last value that the user or the machine gives a setting."""
    out = plumbing.attempt("config", "--show-scope", "--get-all", name)[1].decode("utf-8", "replace")
    rows = (line.partition("\t") for line in out.splitlines())
    return next(reversed([value for scope, _, value in rows if scope not in _REPOSITORYS]), "")
