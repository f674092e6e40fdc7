"""What stands in a file is found whatever file comes before it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.testing.server import command_line, plain_environment
from tests.unit.scanner.making import password


def test_a_value_below_a_heading_is_found_behind_a_file_that_ends_with_another(tmp_path: Path) -> None:
    """Both are hits of one shape, near enough in the joined texts to be told as one run."""
    (tmp_path / "a.yml").write_text(f'jobs:\n  with:\n    password: "{password("first")}"\n')
    (tmp_path / "b.yml").write_text(f'variables:\n  DEPLOY_TOKEN: "{password("second")}"\n')
    done = subprocess.run(
        command_line("scan", str(tmp_path), "--no-cache", "-f", "json"),
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    found = [(each["path"], each["start_line"]) for each in json.loads(done.stdout)["findings"]]
    assert found == [("a.yml", 3), ("b.yml", 2)]
