"""A history that was looked at in parts comes to the same as one that was looked at whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from scanner.audit.joined import joined
from scanner.audit.look import Equipment, equipment, looked_at
from scanner.audit.model import WHOLE, Options, Outcome, Part, Repository, Task
from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git, make_repository


def look(ready: Equipment, folder: Path, part: Part = WHOLE) -> Outcome:
    repository = Repository(number=1, name="shop", location=str(folder))
    return looked_at(Task(number=1, audit=1, repository=repository, part=part, deaths=0, may_split=False), None, ready)


def timeless(outcome: Outcome) -> dict[str, Any]:
    coverage = {name: outcome["coverage"][name] for name in ("head", "commits", "part")}
    findings = sorted(outcome["findings"], key=lambda one: (one["fingerprint"], one["secret_id"]))
    return {**outcome, "coverage": coverage, "findings": findings}


def test_parts_of_a_history_join_to_the_whole(tmp_path: Path) -> None:
    first, second = made_up_credential(), made_up_credential()
    folder = make_repository(
        tmp_path / "shop",
        {f"app{number}.py": f'password{number} = "{first}"\n' for number in range(6)} | {"deep/copy.py": "x = 1\n"},
    )
    (folder / "app1.py").write_text(f'password1 = "{second}"\n')
    git(folder, "mv", "app2.py", "deep/app2.py")
    git(folder, "commit", "--all", "--quiet", "--message=second")
    (folder / "app3.py").unlink()
    git(folder, "commit", "--all", "--quiet", "--message=third")
    ready = equipment(Options(), os.urandom(32), "one", str(tmp_path / "mirrors"))
    parts = [look(ready, folder, Part(kind="tree"))]
    parts += [look(ready, folder, Part(kind="history", number=number, of=3)) for number in range(3)]
    whole = look(ready, folder)
    assert len(whole["findings"]) == 8
    assert timeless(joined(parts)) == timeless(whole)


def test_a_part_that_failed_fails_the_repository() -> None:
    good = {"findings": [], "errors": [], "suppressions": [], "coverage": {"part": "tree"}}
    assert joined([good, {"failed": "it is gone"}]) == {"failed": "it is gone"}
