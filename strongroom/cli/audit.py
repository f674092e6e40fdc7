"""`strongroom audit`: many repositories with their histories, one report, and what has become of what was found."""

from __future__ import annotations

from typing import Any

import click

from strongroom.cli.audit_options import database_options, mirrors_option, report_options
from strongroom.cli.connection import vault_options
from strongroom.cli.further import WithFurther
from strongroom.cli.options import ANALYSES, CONFIDENCES, MOST_JOBS

_FURTHER = ("trend", "diff", "report")


@click.command(
    cls=WithFurther,
    further=_FURTHER,
    module="strongroom.cli.audit_earlier",
    epilog="""\b
Examples:
  strongroom audit                              the repository you stand in, with its history
  strongroom audit ../shop ../billing.git       several, bare ones too
  strongroom audit https://github.com/owner/name.git
  strongroom audit --repos-from repositories.txt -f html -o audit.html
  strongroom audit --github-org example         all that an organisation has
  strongroom audit --jobs 8                     eight workers on this machine
  strongroom audit --scheduler tcp://host:8786  the workers of a Dask cluster
  strongroom audit report -f json               the last audit's report in another format
  strongroom audit trend                        what every audit so far saw
  strongroom audit diff previous latest         what changed between two

A vault at hand (--vault, or the one that other commands use) is asked which texts are values of its secrets; no value
leaves it.

Interrupted, the same command goes on where it was. A repository of the name trend, diff or report is ./trend.

Exit status: 0 nothing, 1 findings, 2 usage, 3 some input unreadable and nothing found.""",
)
@click.argument("repositories", nargs=-1, metavar="[REPO]...")
@click.option("--repos-from", type=click.Path(), metavar="FILE", help="Repositories, one a line (- is standard input).")
@click.option("--github-org", multiple=True, metavar="NAME", help="All repositories of an organisation (repeatable).")
@click.option("--gitlab-group", multiple=True, metavar="NAME", help="All projects of a group (repeatable).")
@click.option("--forge-url", metavar="URL", help="Web address of a GitHub or GitLab of your own.")
@click.option("--forks/--no-forks", default=False, help="With an organisation, its forks too [no].")
@click.option("--archived/--no-archived", default=True, help="With an organisation, its archived repositories [yes].")
@click.option("--history/--no-history", default=True, help="Every commit that a ref reaches [yes].")
@click.option("--min-confidence", type=click.Choice(CONFIDENCES), default="medium", show_default=True)
@click.option("--analysis", type=click.Choice(ANALYSES), default="auto", show_default=True)
@click.option("--rules", "rule_paths", type=click.Path(), multiple=True, help="More rules (repeatable).")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Paths to leave out (repeatable).")
@click.option("--verify", is_flag=True, help="Ask providers whether what is found is live.")
@click.option("--verify-host", "verify_hosts", metavar="[PROVIDER=]HOST", multiple=True, help="As with scan.")
@click.option("-j", "--jobs", type=click.IntRange(1, MOST_JOBS), help="Workers on this machine [one for each core].")
@click.option("--scheduler", metavar="ADDRESS", help="Work on the Dask cluster of this scheduler instead.")
@mirrors_option
@click.option("--resume", is_flag=True, help="Finish the audit that was interrupted, whatever it was about.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even with findings.")
@click.option("--no-vault", is_flag=True, help="Do not ask a vault which of the texts it holds.")
@vault_options
@database_options
@report_options
def command(**given: Any) -> int:
    """Audit repositories and their histories into one report.

    `audit report` writes it again, `audit trend` and `audit diff` compare audits.
    """
    from strongroom.cli.audit_work import Wanted, perform

    return perform(Wanted(**given))
