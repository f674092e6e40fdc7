"""Draws docs/quickstart.svg from a real run of `strongroom quickstart`: the picture at the top of the README."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 132


def main() -> None:
    """Run quickstart and save what it printed."""
    done = subprocess.run(
        [sys.executable, "-I", "-m", "strongroom", "quickstart"], check=True, capture_output=True, text=True
    )
    with Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere)
        for line in re.sub(r"/\S*/strongroom-quickstart-\w+", "…", done.stdout).strip().splitlines():
            console.print(_styled(line))
    drawn = console.export_svg(title="strongroom quickstart")
    # The reader's own monospace font serves; a picture should fetch nothing.
    drawn = re.sub(r"@font-face \{.*?\}\n", "", drawn, flags=re.DOTALL).replace("Fira Code", "monospace")
    Path(__file__).with_name("quickstart.svg").write_text(drawn)


def _styled(line: str) -> Text:
    if line[:1].isdigit():
        return Text(line, style="bold")
    if line.startswith(" $"):
        return Text(line, style="bold cyan")
    if "-> 401" in line or line.lstrip().startswith("error["):
        return Text(line, style="red")
    if line.lstrip().startswith(("+", "rotated")) or "-> 200" in line:
        return Text(line, style="green")
    return Text(line)


main()
