"""`python -I -m strongroom.hook`: the pre-commit entry; isolated, so nothing of the scanned project is imported."""

from __future__ import annotations

import sys

from strongroom.entry import main as run_command


def main() -> None:
    """Run `strongroom scan` with the hook's arguments; `--staged` where no file is named."""
    arguments = sys.argv[1:]
    sys.argv[1:] = ["scan", *arguments]
    run_command()


if __name__ == "__main__":
    main()
