"""What `strongroom audit` does, top to bottom: repositories, workers, the audit, its report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scanner.audit.database.audits import Begun, begin, note_vault, rejoin
from scanner.audit.database.connect import Database, default_place, open_database
from scanner.audit.database.reading import Reader
from scanner.audit.flow import alone, audit
from scanner.audit.locations import Asked, Login, asked, read_list
from scanner.audit.model import Options, Task
from scanner.audit.worker import Message, setup_message
from scanner.audit.workers import LocalWorkers, Workers
from strongroom import __version__
from strongroom.cli.audit_progress import AuditProgress
from strongroom.cli.audit_report import Wish, default_mirrors, exit_status, write
from strongroom.cli.audit_vault import vault_at_hand
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import Record
from strongroom.kernel.secretvalue import SecretValue


class Wanted(Record):
    """What the command line asks for."""

    repositories: tuple[str, ...]
    repos_from: str | None
    github_org: tuple[str, ...]
    gitlab_group: tuple[str, ...]
    forge_url: str | None
    forks: bool
    archived: bool
    history: bool
    min_confidence: str
    analysis: str
    rule_paths: tuple[str, ...]
    exclude: tuple[str, ...]
    verify: bool
    verify_hosts: tuple[str, ...]
    jobs: int | None
    scheduler: str | None
    mirrors: str | None
    resume: bool
    exit_zero: bool
    no_vault: bool
    vault_name: str | None
    data_dir: Path | None
    db: str | None
    key_file: str | None
    form: str
    output: str | None
    show_secrets: bool

    def wish(self) -> Wish:
        """Return which report is wanted."""
        return Wish(form=self.form, output=self.output, show_secrets=self.show_secrets, mirrors=self.mirrors)

    def options(self) -> Options:
        """Return how repositories are to be looked at."""
        return Options(
            min_confidence=self.min_confidence,
            analysis=self.analysis,
            history=self.history,
            verify=self.verify,
            verify_hosts=self.verify_hosts,
            rule_paths=tuple(str(Path(path).absolute()) for path in self.rule_paths),
            exclude=self.exclude,
        )


def perform(wanted: Wanted) -> int:
    """Audit as asked, write the report, and return the exit status. Raises `UsageError`."""
    _check(wanted)
    place = wanted.db or default_place()
    repositories = _repositories(wanted)
    with open_database(place, wanted.key_file) as database:
        begun, options = _begun(database, wanted, repositories)
        progress = AuditProgress(sys.stderr, begun)
        key = database.key.of_vault(begun.identity)
        with (
            nullcontext() if database.shared else alone(place, begun),
            vault_at_hand(wanted.vault_name, wanted.data_dir, key, wanted=not wanted.no_vault) as vault,
            TemporaryDirectory(prefix="strongroom-audit-") as spool,
            _told_how_to_go_on(progress),
        ):
            if vault is not None:
                note_vault(database, begun.number, vault.facts)
            setup = _setup(wanted, options, begun, database, vault_key=key if vault else b"", spool=spool)
            workers = _workers(wanted, setup, begun, repositories)
            audit(database, begun, workers, progress.heard, progress.tick, vault=vault)
            if vault is not None and vault.unopened():
                _say(f"the vault could not compare {vault.unopened()} versions of its secrets: their keys do not open")
        report = write(Reader(database, begun.number), wanted.wish())
    return exit_status(report, exit_zero=wanted.exit_zero)


@contextmanager
def _told_how_to_go_on(progress: AuditProgress) -> Iterator[None]:
    """Say where an interrupted audit stands, and what finishes it."""
    try:
        yield
    except KeyboardInterrupt:
        progress.interrupted()
        raise
    progress.done()


def _check(wanted: Wanted) -> None:
    if wanted.verify_hosts and not wanted.verify:
        raise UsageError("--verify-host goes with --verify", hint="add --verify, or leave --verify-host away")
    named = wanted.repositories or wanted.repos_from or wanted.github_org or wanted.gitlab_group
    if wanted.resume and named:
        raise UsageError("--resume finishes what the last audit was about", hint="leave the repositories away")
    if wanted.scheduler and wanted.jobs:
        raise UsageError("--jobs is for workers on this machine", hint="leave --jobs or --scheduler away")
    wanted.wish().check()


def _repositories(wanted: Wanted) -> list[Asked]:
    if wanted.resume:
        return []
    found = [asked(given) for given in wanted.repositories]
    if wanted.repos_from is not None:
        found.extend(_listed(wanted.repos_from))
    found.extend(_organisations(wanted))
    if not found and not (wanted.repos_from or wanted.github_org or wanted.gitlab_group):
        found = [asked(os.curdir)]
    if not found:
        raise UsageError("there is no repository to audit", hint="the list or organisation is empty")
    return list({one.location: one for one in found}.values())


def _listed(file: str) -> list[Asked]:
    if file == "-":
        return read_list(sys.stdin, "standard input")
    try:
        with Path(file).open(encoding="utf-8") as stream:
            return read_list(stream, file)
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{file} cannot be read", hint="a text file with one repository a line") from None


def _organisations(wanted: Wanted) -> Iterator[Asked]:
    if not (wanted.github_org or wanted.gitlab_group):
        return
    from remediation.git.listing import find_account, repositories_of_organisation

    for forge, names in (("github", wanted.github_org), ("gitlab", wanted.gitlab_group)):
        for name in names:
            account = find_account(forge, name, wanted.forge_url, os.environ)
            for one in repositories_of_organisation(account, say=_say):
                if (wanted.forks or not one.fork) and (wanted.archived or not one.archived):
                    login = account.login(one.clone_url)
                    user = None if login is None else Login(user=SecretValue(login.user), password=login.password)
                    yield Asked(location=asked(one.clone_url).location, login=user)


def _say(message: str) -> None:
    sys.stderr.write(f"note: {message}\n")


def _begun(database: Database, wanted: Wanted, repositories: Sequence[Asked]) -> tuple[Begun, Options]:
    if wanted.resume:
        return rejoin(database)
    options = wanted.options()
    begun = begin(database, repositories, options, __version__, rules_facts(options))
    if begun.resumed:
        sys.stderr.write(f"going on with audit {begun.number}, which was interrupted\n")
    return begun, options


def rules_facts(options: Options) -> dict[str, Any]:
    """Return how many rules an audit goes by, and a digest of the files they stand in. Raises `UsageError`."""
    from hashlib import sha256

    from scanner.rulebook.loader import load_rulebook

    book = load_rulebook(options.rule_paths)
    digest = sha256()
    for path in sorted(_rule_files(book.paths)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return {"count": len(book.rules), "digest": digest.hexdigest()[:16]}


def _rule_files(paths: Sequence[str]) -> Iterator[Path]:
    for path in map(Path, paths):
        yield from path.rglob("*.yaml") if path.is_dir() else (path,)


def _setup(
    wanted: Wanted, options: Options, begun: Begun, database: Database, *, vault_key: bytes, spool: str
) -> Message:
    cache = str(Path(wanted.mirrors or default_mirrors()).absolute())
    # What lies on this machine is nothing to a worker on another.
    folder = "" if wanted.scheduler is not None else spool
    return setup_message(options, database.key, begun.identity, cache, vault_key=vault_key, spool=folder)


def _workers(wanted: Wanted, setup: Message, begun: Begun, repositories: Sequence[Asked]) -> Workers:
    known = {one.location: one.login for one in repositories}

    def login(task: Task) -> Login | None:
        return known.get(task.repository.location)

    if wanted.scheduler is not None:
        from scanner.audit.cluster import ClusterWorkers

        return ClusterWorkers(wanted.scheduler, setup, login)
    return LocalWorkers(setup, login, number=min(wanted.jobs or os.cpu_count() or 1, max(begun.total, 1) + 1))
