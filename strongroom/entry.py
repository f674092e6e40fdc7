"""The console script's first step: makes sure that the packages about to be imported are ours.

With `PYTHONPATH` set to a project that has its own `scanner/`, Python would import the project's. We refuse instead,
naming the clash; and folders of `PYTHONPATH` at or below the working directory are taken off the import path.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

_OURS = ("scanner", "vault", "remediation")


def main() -> None:
    """Check the import path, then run the command line; exits with its status."""
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH120, PTH100 - pathlib costs start-up
    clash = _clash(home)
    if clash:
        sys.stderr.write(clash)
        raise SystemExit(2)
    _drop_local_pythonpath(home)
    if sys.argv[1:2] == ["scan"]:
        _scan(sys.argv[2:])
    from strongroom.cli.main import run

    run()


def _scan(arguments: list[str]) -> None:
    """Run a scan whose options need no click, and exit; a hook does so thousands of times a day."""
    from strongroom.cli.options import read_options

    options = read_options(arguments)
    if options is None:
        return
    try:
        from strongroom.cli.perform import perform

        status = perform(options)
        sys.stdout.flush()
    except BaseException as failure:  # noqa: BLE001 - the last line of defence turns it into a message
        from strongroom.cli.failures import explain

        status = explain(failure)
    raise SystemExit(status)


def _clash(home: str) -> str:
    for name in _OURS:
        spec = PathFinder.find_spec(name)
        places = [] if spec is None else list(spec.submodule_search_locations or [spec.origin or ""])
        if os.path.join(home, name) not in places:  # noqa: PTH118
            found = places[0] if places else "nowhere"
            return (
                f"error: the Python package '{name}' would be imported from {found!r}, not from Strongroom's own "
                f"installation.\nhint: unset PYTHONPATH (or leave that folder), or run `python -I -m strongroom`.\n"
            )
    return ""


def _drop_local_pythonpath(home: str) -> None:
    """Take folders of `PYTHONPATH` at or below the working directory off `sys.path`."""
    named = os.environ.get("PYTHONPATH")
    if not named or sys.flags.ignore_environment:
        return
    here = os.getcwd()  # noqa: PTH109
    local = {os.path.abspath(entry) for entry in named.split(os.pathsep)}  # noqa: PTH100
    local = {entry for entry in local if (entry == here or entry.startswith(here + os.sep)) and entry != home}
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) not in local]  # noqa: PTH100
