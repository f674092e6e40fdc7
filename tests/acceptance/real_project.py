"""Takes public applications the whole way: planted, scanned, fixed, and tested by their own tests before and after.

Prints a line for each step with its figure; exits 1 where one does not hold.
    python -m tests.acceptance.real_project [APPLICATION…] [--seed N]…
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.acceptance import changed, servers
from tests.acceptance.application import Application, TestRun
from tests.acceptance.planting import Planted, plant
from tests.testing.leaks import every_byte_below, leaks
from tests.testing.server import command_line

_PROJECTS = Path(__file__).with_name("projects.yaml")
_SEEDS = (1, 2)
_COUNT = 16
_BRANCH = "fixed"
_RUN = command_line("run", "--")


class Walk:
    """One application, one seed; each step is one method that says what it saw."""

    def __init__(self, application: Application, seed: int) -> None:
        self._application = application
        self._repository = application.repository
        self._seed = seed
        self._planted: tuple[Planted, ...] = ()
        self._known: frozenset[str] = frozenset()
        self._own: list[str] = []
        self._tests = 0
        self._read: list[str] = []
        self.holds = True

    def walk(self) -> None:
        """Take every step, in order, but none behind a fix that was not made."""
        print(f"\n{self._application.name} {self._application.version}, seed {self._seed}", flush=True)
        for name, step in (
            ("fetched and installed", self._fetch),
            ("findings without plants", self._scan_unplanted),
            ("credentials planted", self._plant),
            ("its own tests, before", self._test_before),
            ("credentials found", self._scan_planted),
            ("credentials moved", self._fix),
            ("in the vault, byte for byte", self._compare_vault),
            ("copies left, in any spelling", self._search),
            ("lines that need not have changed", self._stray),
            ("the same fix again", self._fix_again),
            ("its own tests, after", self._test_from_vault),
            ("its own tests, without vault", self._test_without_vault),
            ("a fix of the fixed", self._fix_fixed),
            ("findings after", self._scan_fixed),
        ):
            if not self._take(name, step) and step == self._fix:
                break

    def _take(self, name: str, step: Callable[[], tuple[bool, str]]) -> bool:
        """Take a step, say how it went, and return whether it holds."""
        started = time.monotonic()
        held, figure = step()
        self.holds = self.holds and held
        mark = "" if held else "   <- does not hold"
        print(f"  {name:30} {figure:34} {time.monotonic() - started:6.1f} s{mark}", flush=True)
        return held

    def _fetch(self) -> tuple[bool, str]:
        self._application.fetch()
        return True, self._repository.git("rev-parse", "--short", "HEAD")

    def _scan_unplanted(self) -> tuple[bool, str]:
        found = self._repository.findings("--show-secrets")
        for each in found:
            print(f"    {each['path']}:{each['start_line']} {each['rule_id']} ({each['confidence']})")
        self._own = [each["secret"] for each in found]
        self._known = frozenset(each["fingerprint"] for each in found)
        return True, str(len(found))

    def _plant(self) -> tuple[bool, str]:
        executed, tests = self._application.executed_lines(), self._application.test_files()
        self._planted = plant(self._repository.top, executed, tests, self._seed, _COUNT, self._application.has)
        self._repository.commit("Report to the other systems")
        files = {each.path for each in self._planted}
        return len(self._planted) > 0, f"{len(self._planted)} in {len(files)} files"

    def _test_before(self) -> tuple[bool, str]:
        run = self._application.test()
        self._tests = run.passed
        self._read = self._application.digests(self._planted)
        readable = [each for each in self._planted if each.read]
        for each in self._read if len(self._read) != len(readable) else ():
            print(each)
        return self._told(run, run.passed > 0 and len(self._read) == len(readable))

    def _scan_planted(self) -> tuple[bool, str]:
        found = {
            (each["path"], each["start_line"], each["secret"])
            for each in self._repository.findings("--show-secrets")
            if each["fingerprint"] not in self._known
        }
        wanted = {(each.path, each.line, each.written) for each in self._planted}
        values = {each.written for each in self._planted}
        for one in self._planted:
            if (one.path, one.line, one.written) not in found:
                print(f"    {one.path}:{one.line} not found: {one.shape}")
        for path, line, value in sorted(found - wanted):
            if value not in values:
                print(f"    {path}:{line} not planted")
        return wanted <= found and all(
            value in values for _, _, value in found
        ), f"{len(found & wanted)} of {len(wanted)}"

    def _fix(self) -> tuple[bool, str]:
        self._repository.printed.clear()
        done = self._repository.strongroom("fix", "--branch", _BRANCH)
        if done.returncode != 0:
            print(done.stdout + done.stderr)
            return False, f"exit status {done.returncode}"
        open_steps = re.findall(r"^for you: .*", done.stdout, re.MULTILINE)
        for step in open_steps:
            print(f"    {step}")
        self._repository.git("checkout", "--quiet", _BRANCH)
        moved = len(re.findall(r"^created ", done.stdout, re.MULTILINE))
        known = {step.split(" ", 2)[2].split(":")[0] for step in open_steps if ".py" in step}
        held = moved >= len(self._planted) and not known & {each.path for each in self._planted}
        return held, f"{moved}, {len(open_steps)} steps left for a person"

    def _compare_vault(self) -> tuple[bool, str]:
        equal = set(self._stored().values()) & {each.value for each in self._planted}
        return len(equal) == len(self._planted), f"{len(equal)} of {len(self._planted)}"

    def _search(self) -> tuple[bool, str]:
        tracked = self._repository.git("ls-files", "-z").split("\0")
        # A link may lead to nothing in a distribution.
        files = (self._repository.top / path for path in tracked if path)
        tree = b"\n".join(file.read_bytes() for file in files if file.is_file())
        printed = b"".join(self._repository.printed)
        values = [text.encode() for each in self._planted for text in {each.written, each.value}]
        found = leaks(values, tree + printed + every_byte_below(self._repository.home))
        return not found, f"{len(found)} in tree, vault and output"

    def _stray(self) -> tuple[bool, str]:
        found = changed.stray(self._repository, "main", _BRANCH, self._planted, self._own)
        for each in found:
            print(f"    {each}")
        return not found, str(len(found))

    def _fix_again(self) -> tuple[bool, str]:
        self._repository.git("checkout", "--quiet", "main")
        same = self._leaves_everything("fix", "--branch", _BRANCH)
        self._repository.git("checkout", "--quiet", _BRANCH)
        return same

    def _test_from_vault(self) -> tuple[bool, str]:
        self._application.install_itself()
        run = self._application.test(_RUN)
        equal = self._application.digests(self._planted, _RUN) == self._read
        return self._told(run, run.passed == self._tests and equal)

    def _test_without_vault(self) -> tuple[bool, str]:
        overrides = self._stored()
        run = self._application.test(**overrides)
        equal = self._application.digests(self._planted, **overrides) == self._read
        return self._told(run, run.passed == self._tests and equal)

    def _fix_fixed(self) -> tuple[bool, str]:
        return self._leaves_everything("fix")

    def _scan_fixed(self) -> tuple[bool, str]:
        status = self._repository.strongroom("scan").returncode
        found = [each for each in self._repository.findings() if each["fingerprint"] not in self._known]
        for each in found:
            print(f"    {each['path']}:{each['start_line']} {each['rule_id']}")
        return not found and status == bool(self._known), f"{len(found)}, exit status {status}"

    def _leaves_everything(self, *arguments: str) -> tuple[bool, str]:
        before = self._repository.git("for-each-ref")
        status = self._repository.strongroom(*arguments).returncode
        same = self._repository.git("for-each-ref") == before
        return same and status == 0, f"{'no' if same else 'a'} commit, exit status {status}"

    def _stored(self) -> dict[str, str]:
        """Return each secret's value in the vault by the environment variable that overrides it."""
        document = json.loads((self._repository.top / ".strongroom" / "secrets.json").read_text())
        values = self._repository.values()
        return dict(self._override(secret, values[secret["name"]]) for secret in document["secrets"])

    def _override(self, secret: Mapping[str, Any], value: str) -> tuple[str, str]:
        variable = re.sub(r"[^A-Z0-9]", "_", secret["name"].upper())
        if not secret["fields"]:
            return variable, value
        return f"{variable}__PASSWORD", json.loads(value)["password"]

    def _told(self, run: TestRun, held: bool) -> tuple[bool, str]:
        if not held:
            print("\n".join(run.output.splitlines()[-25:]))
        return held, f"{run.passed} passed"


def main() -> None:
    """Walk with every project named, or all, and every seed."""
    known: list[dict[str, Any]] = yaml.safe_load(_PROJECTS.read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", nargs="*", help=", ".join(each["name"] for each in known))
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--folder", type=Path, help="where projects and environments are kept for the next time")
    chosen = parser.parse_args()
    wanted = [each for each in known if each["name"] in (chosen.project or [each["name"]])]
    walks = [held for each in wanted for held in _walks(each, chosen.seed or _SEEDS, chosen.folder)]
    print(f"\n{sum(walks)} of {len(walks)} walks hold")
    sys.exit(not all(walks))


def _walks(described: Mapping[str, Any], seeds: Sequence[int], folder: Path | None) -> Iterator[bool]:
    with ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="strongroom-acceptance-")))
        place = place / described["name"]
        place.mkdir(parents=True, exist_ok=True)
        told = dict(described)
        place_of = servers.started(stack, told.pop("server", None), told.pop("databases", ()), told.pop("port", None))
        told["environment"] = {
            name: str(value).format(**place_of) for name, value in described.get("environment", {}).items()
        }
        for seed in seeds:
            walk = Walk(Application(**told, folder=place), seed)
            walk.walk()
            yield walk.holds


if __name__ == "__main__":
    main()
