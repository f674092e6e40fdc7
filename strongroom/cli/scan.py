"""`strongroom scan` for click: its help, and the options that `options.py` leaves to it."""

from __future__ import annotations

from typing import Any

import click

from strongroom.cli.forge_options import forge_options, request_option
from strongroom.cli.options import ANALYSES, CONFIDENCES, FORMATS, MOST_JOBS, ScanOptions


@click.command(
    epilog="""\b
Examples:
  strongroom scan                      the repository you stand in
  strongroom scan --staged             what the next commit would add
  strongroom scan --since main         what commits and working tree add since main
  strongroom scan --history            every commit that a ref reaches
  strongroom scan -f json -o r.json    a report for other tools
  git show HEAD:app.py | strongroom scan -
  strongroom scan --verify             ask the providers which of the findings are live
  strongroom scan --since main --review   comment on the lines of the pull request

Exit status: 0 nothing, 1 findings, 2 usage, 3 some input unreadable and nothing found."""
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--staged", is_flag=True, help="Look at what the index adds to HEAD.")
@click.option("--since", metavar="REV", help="Look at what commits and working tree add since they left REV.")
@click.option("--history", is_flag=True, help="Look at every commit that a ref reaches.")
@click.option("--dangling", is_flag=True, help="With --history, also what no ref reaches (amended, dropped, reset).")
@click.option("--range", "commit_range", metavar="REV..REV", help="Limit the history to these commits.")
@click.option("--submodules", is_flag=True, help="Look into submodules, too.")
@click.option("-f", "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the report to a file.")
@click.option("--config", "config_file", type=click.Path(), help="Settings file [strongroom.toml].")
@click.option("--rules", "rule_paths", type=click.Path(), multiple=True, help="More rules (repeatable).")
@click.option("--baseline", type=click.Path(), help="What is accepted [.strongroom-baseline.jsonl].")
@click.option("--min-confidence", type=click.Choice(CONFIDENCES), help="Report from here up [medium].")
@click.option("--analysis", type=click.Choice(ANALYSES), help="Program analysis [auto].")
@click.option("--show-secrets", is_flag=True, help="Show values instead of redacting them.")
@click.option("--explain", is_flag=True, help="Also what was dropped, and why.")
@click.option("-j", "--jobs", type=click.IntRange(1, MOST_JOBS), help="Threads that read [1; a history: 4 at most].")
@click.option("--verify", is_flag=True, help="Ask providers whether what is found is live. Never in a hook.")
@click.option(
    "--verify-host",
    "verify_hosts",
    metavar="[PROVIDER=]HOST",
    multiple=True,
    help="With --verify, a host of your own that may be asked (repeatable).",
)
@click.option("--review", is_flag=True, help="With --since, comment on the lines of the request that bring findings.")
@request_option
@forge_options
@click.option("--no-cache", is_flag=True, help="Look at every file anew, whatever earlier scans found out.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even with findings.")
def command(**given: Any) -> int:
    """Find hardcoded credentials."""
    from strongroom.cli.perform import perform

    options = ScanOptions()
    for name, value in given.items():
        setattr(options, name, value)
    return perform(options)
