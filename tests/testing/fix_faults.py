"""Commands run in a child each, which is killed at one of its effects: a file, a program, a call of the store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.testing.forked import Worker, worker
from tests.testing.server import plain_environment

_WORKER = """
import io, json, os, signal, sys
import botocore.client, boto3
import strongroom.cli.fix, strongroom.cli.fix_again, strongroom.cli.fix_work, strongroom.cli.pull_request
import github, gitlab, remediation.git.github, remediation.git.gitlab, remediation.request_body
from strongroom.cli.main import run
# What a fix loads is loaded before the first fork.
import remediation.fix, remediation.planner, remediation.reuse, remediation.undo, remediation.journal
import scanner.pipeline, scanner.rulebook.loader, vault.bootstrap, vault.initialise, git, libcst
from remediation.journal import Journal

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
ALWAYS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "subprocess.Popen"}

class Effects:
    def __init__(self, fatal):
        self.fatal, self.seen = fatal, 0

    def one(self):
        self.seen += 1
        if self.seen == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def audited(self, event, arguments):
        if event in ALWAYS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES):
            self.one()

    def install(self):
        call, append = botocore.client.BaseClient._make_api_call, Journal._add

        def called(client, name, parameters):
            self.one()
            answer = call(client, name, parameters)
            self.one()
            return answer

        def added(journal, event, **about):
            # A line may be torn: half of it is on disk when the process ends.
            self.seen += 1
            if self.seen == self.fatal:
                with (journal._folder / "journal.jsonl").open("ab") as file:
                    file.write(b'{"event":"sto')
                    file.flush()
                    os.kill(os.getpid(), signal.SIGKILL)
            append(journal, event, **about)

        botocore.client.BaseClient._make_api_call, Journal._add = called, added
        sys.addaudithook(self.audited)

print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        for number, name in ((1, asked["out"]), (2, asked["err"])):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
        os.chdir(asked["folder"])
        os.environ.update(asked["variables"])
        sys.argv = ["strongroom", *asked["arguments"]]
        effects = Effects(asked["fatal"])
        effects.install()
        status = 0
        try:
            run()
        except SystemExit as leave:
            status = leave.code
        sys.stdout.flush()
        os.write(writing, str(effects.seen).encode())
        os._exit(status)
    os.close(writing)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    seen = os.read(reading, 20).decode() or "0"
    os.close(reading)
    print(json.dumps([ended, int(seen)]), flush=True)
"""


_FORGES = ("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "GITHUB_API_URL", "CI_API_V4_URL")


class FixProcess:
    """A process whose children each run one command."""

    def __init__(self, process: Worker) -> None:
        self._process = process

    def command(
        self,
        folder: Path,
        *arguments: str,
        out: Path,
        variables: Mapping[str, str],
        err: Path | None = None,
        fatal: int = 0,
    ) -> tuple[int, int]:
        """Return exit status and number of effects of a command, 0 effects for one that was killed.

        It is killed at the effect of number `fatal`, if there are so many. What it says is written to `out`, and to
        `err` where that is given.
        """
        places = {"folder": str(folder), "out": str(out), "err": str(err or out)}
        for place in {places["out"], places["err"]}:
            Path(place).write_bytes(b"")
        asked = {**places, "arguments": arguments, "variables": variables, "fatal": fatal}
        status, seen = json.loads(self._process.ask(json.dumps(asked)))
        return status, seen


@contextmanager
def fix_process() -> Iterator[FixProcess]:
    """Yield a process that runs commands as often as it is asked to; it knows no forge's token."""
    environment = {name: value for name, value in plain_environment().items() if name not in _FORGES}
    with worker(_WORKER, environment) as process:
        yield FixProcess(process)
