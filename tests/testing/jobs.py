"""Runs what a job of GitHub Actions or GitLab CI runs, in its shell and with its variables; nothing is installed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.testing.server import plain_environment

FOLDER = Path(__file__).parents[2] / "deploy" / "forge"
_FORGES = ("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "GITHUB_API_URL", "CI_API_V4_URL")


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A machine that runs jobs in one folder, which stays from job to job as a cache would."""

    folder: Path
    home: Path

    def github(
        self, template: str, *, leave: tuple[str, ...] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the steps of a template's one job up to the first that fails, without those that are named in `leave`.

        A step's `${{ … }}` is what `variables` have under the step's own name for it.
        """
        document = yaml.safe_load((FOLDER / template).read_text())
        (job,) = document["jobs"].values()
        done = subprocess.CompletedProcess([], 0, "", "")
        for step in job["steps"]:
            if "run" not in step or done.returncode:
                continue
            given = {**document.get("env", {}), **step.get("env", {}), **variables}
            last = self._shell(["bash", "-e"], step["run"], given)
            said = done.stdout + last.stdout, done.stderr + last.stderr
            done = subprocess.CompletedProcess(last.args, last.returncode, *said)
        return done

    def gitlab(self, template: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the script of a template's one job."""
        document: Mapping[str, Any] = yaml.safe_load((FOLDER / template).read_text())
        (job,) = document.values()
        return self._shell(["bash", "-eo", "pipefail"], "\n".join(job["script"]), {**job["variables"], **variables})

    def _shell(self, shell: list[str], script: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        environment = {name: text for name, text in plain_environment().items() if name not in _FORGES}
        programs = self.home / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        for name, text in {"pip": "exit 0", "strongroom": f'exec {sys.executable} -I -m strongroom "$@"'}.items():
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
        places = {"HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache")}
        environment |= {**places, "PATH": f"{programs}:{environment['PATH']}", **variables}
        return subprocess.run(
            [*shell, "-c", script], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
