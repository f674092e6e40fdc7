"""`python -I -m strongroom.hook`: the pre-commit entry; isolated, so nothing of the scanned project is imported."""

from __future__ import annotations

import os
import sys

from strongroom.entry import main as run_command

_FROM, _TO = "PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF"
"""What pre-commit tells a pre-push hook: the commits that the other side has, and those it is to get."""


def main() -> None:
    """Run `strongroom scan` with the hook's arguments; with `--pushed` on the commits that are about to be pushed."""
    arguments = sys.argv[1:]
    # A hook asks no provider: what it says has to come at once, and a push is no time to send values about.
    os.environ["STRONGROOM_HOOK"] = "1"
    if "--pushed" in arguments:
        arguments.remove("--pushed")
        arguments.extend(pushed())
    sys.argv[1:] = ["scan", *arguments]
    run_command()


def pushed() -> list[str]:
    """Return the options for the commits of a push; where the other side has none of them, for all of the history."""
    start, end = os.environ.get(_FROM, ""), os.environ.get(_TO, "")
    return ["--history", "--range", f"{start}..{end}"] if start.strip("0") and end.strip("0") else ["--history"]


if __name__ == "__main__":
    main()
