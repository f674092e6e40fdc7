"""`strongroom` commands run to their end, each in a child of a process that has loaded what they load.

A start of Python with the store's libraries takes half a second of CPU, and journeys make hundreds of commands. What a
command sees is what it would see after a start of its own: arguments, environment, working directory, descriptors.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_WORKER = """
import atexit, json, os, sys, threading, traceback
import boto3, botocore.client, click
import strongroom.cli.vault, strongroom.cli.rotate, vault.bootstrap, vault.initialise, vault.inprocess
from strongroom.cli.main import run

boto3.session.Session()

def held(content=b""):
    number = os.memfd_create("said")
    os.write(number, content)
    os.lseek(number, 0, os.SEEK_SET)
    return number

def read(number):
    os.lseek(number, 0, os.SEEK_SET)
    with open(number, "rb") as stream:
        return stream.read().decode()

def command(asked):
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["variables"])
    sys.argv = ["strongroom", *asked["arguments"]]
    status = 1
    try:
        run()
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else 0 if leave.code is None else 1
    except BaseException:
        traceback.print_exc()
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)

print("ready", flush=True)
answers = os.dup(1)
while line := sys.stdin.readline():
    asked = json.loads(line)
    given, out, err = held(asked["given"].encode()), held(), held()
    fed = held(asked["fed"].encode())
    child = os.fork()
    if child == 0:
        for number, place in enumerate((given, out, err)):
            os.dup2(place, number)
        os.dup2(fed, asked["fed_at"])
        sys.stdin = open(0, closefd=False)
        command(asked)
    os.close(given)
    os.close(fed)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(answers, json.dumps([status, read(out), read(err)]).encode() + b"\\n")
"""


FED = 9
"""The descriptor on which a command is fed what its standard input is not for."""


class _Runner:
    """The process, which is started by the first command and ends with this one."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(self, asked: Mapping[str, Any]) -> tuple[int, str, str]:
        with self._turn:
            process = self._process or self._started(asked["variables"])
            assert process.stdin is not None
            assert process.stdout is not None
            print(json.dumps(asked), file=process.stdin, flush=True)
            status, out, err = json.loads(process.stdout.readline())
            return status, out, err

    def _started(self, variables: Mapping[str, str]) -> subprocess.Popen[str]:
        command = [sys.executable, "-I", "-c", _WORKER]
        self._process = process = subprocess.Popen(
            command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        atexit.register(process.kill)
        return process


_RUNNER = _Runner()


def run_command(
    *arguments: str, environment: Mapping[str, str], given: str = "", fed: str = "", folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `strongroom` in `folder` or this process's own; return what it said.

    `given` is on its standard input, `fed` on the descriptor `FED`.
    """
    asked = {
        "arguments": arguments,
        "variables": dict(environment),
        "given": given,
        "fed": fed,
        "fed_at": FED,
        "folder": str(folder or Path.cwd()),
    }
    status, out, err = _RUNNER.run(asked)
    return subprocess.CompletedProcess(arguments, status, out, err)
