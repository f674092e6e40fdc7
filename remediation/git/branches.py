"""Takes back what a fix did to its branch, and tells whether anything else has its commits by now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remediation.git.plumbing import Plumbing


def tip_of(plumbing: Plumbing, branch: str) -> str | None:
    """Return the commit that a branch is on, None where there is no such branch."""
    status, out, _ = plumbing.attempt("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}")
    return out.decode("ascii").strip() if status == 0 else None


def is_checked_out(plumbing: Plumbing, branch: str) -> bool:
    """Tell whether a working tree stands on the branch: it would not notice that the branch went on without it."""
    place = plumbing.run("for-each-ref", "--format=%(worktreepath)", f"refs/heads/{branch}")
    return bool(place.strip())


def others_with(plumbing: Plumbing, commits: Sequence[str], branch: str) -> tuple[str, ...]:
    """Return the refs, HEAD among them, that reach one of the commits; not the branch, nor what remotes have of it."""
    known = [commit for commit in commits if plumbing.attempt("cat-file", "-e", f"{commit}^{{commit}}")[0] == 0]
    found: dict[str, None] = {}
    for commit in known:
        out = plumbing.run("for-each-ref", "--format=%(refname)", f"--contains={commit}").decode("utf-8", "replace")
        found.update(dict.fromkeys(out.split()))
        if plumbing.attempt("merge-base", "--is-ancestor", commit, "HEAD")[0] == 0:
            found["HEAD"] = None
    return tuple(name for name in found if name != f"refs/heads/{branch}" and not _is_copy(name, branch))


def elsewhere(plumbing: Plumbing, path: str, branch: str) -> Iterator[tuple[str, bytes]]:
    """Yield each ref, HEAD too, with the content of a file that its commit has; not the branch and its copies."""
    refs = ["HEAD", *plumbing.run("for-each-ref", "--format=%(refname)").decode("utf-8", "replace").split()]
    wanted = [name for name in refs if name != f"refs/heads/{branch}" and not _is_copy(name, branch)]
    asked = "".join(f"{name}:{path}\n" for name in wanted).encode()
    out = plumbing.run("cat-file", "--batch", feed=asked)
    position = 0
    for name in wanted:
        end = out.index(b"\n", position)
        header, position = out[position:end].split(b" "), end + 1
        if header[-1] != b"missing":
            size = int(header[-1])
            yield name, out[position : position + size]
            position += size + 1


def copies(plumbing: Plumbing, branch: str) -> tuple[str, ...]:
    """Return the names of the remotes that were seen to have a branch."""
    refs = plumbing.run("for-each-ref", "--format=%(refname)", "refs/remotes").decode("utf-8", "replace").split()
    return tuple(name.split("/")[2] for name in refs if _is_copy(name, branch))


def _is_copy(name: str, branch: str) -> bool:
    return re.fullmatch(rf"refs/remotes/[^/]+/{re.escape(branch)}", name) is not None


def take_back(plumbing: Plumbing, branch: str, tip: str, before: str | None) -> None:
    """Put a branch that is on `tip` back to where it was `before`, or delete it.

    Raises `GitFailed` where another process moved it meanwhile.
    """
    ref = f"refs/heads/{branch}"
    if before is not None and before != tip and plumbing.attempt("cat-file", "-e", f"{before}^{{commit}}")[0] == 0:
        plumbing.run("update-ref", "-m", "strongroom fix undo", ref, before, tip)
    else:
        plumbing.run("update-ref", "-d", ref, tip)


def blob_at(plumbing: Plumbing, commit: str, path: str) -> str | None:
    """Return the id of a file's content in a commit, None where it has no such file."""
    status, out, _ = plumbing.attempt("rev-parse", "--verify", "--quiet", f"{commit}:{path}")
    return out.decode("ascii").strip() if status == 0 else None
