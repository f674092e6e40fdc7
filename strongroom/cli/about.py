"""Work on several secrets: what fails of one is told with its name, and the others have their turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from strongroom.kernel.errors import CheckFailed, Denied, StrongroomError, VaultUnavailable

_DENIED = ("AccessDeniedException", "AccessDenied")


@contextmanager
def about(name: str) -> Iterator[None]:
    """Turn what a store refuses of the secret `name` into an error of ours that names it, with AWS's code and words."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        kind = Denied if told["Code"] in _DENIED else StrongroomError
        raise kind(f"{name}: {told['Code']}: {told.get('Message', '')}") from None


def each_of(names: Sequence[str], work: Callable[[str], None]) -> None:
    """Do `work` with each name; where there are several, a failure is said at once and the next name's turn comes.

    Raises the failure of a name that is alone; of several, at the end, one that counts them, with the exit status that
    they share, else as `CheckFailed`. `VaultUnavailable` ends it at once.
    """
    failures: list[StrongroomError] = []
    for name in names:
        try:
            with about(name):
                work(name)
        except VaultUnavailable:
            raise
        except StrongroomError as failure:
            failures.append(failure)
            if len(names) > 1:
                click.echo(f"failed   {failure.message}", err=True)
    if len(names) == 1 and failures:
        raise failures[0]
    if failures:
        kinds = {type(failure) for failure in failures}
        kind = kinds.pop() if len(kinds) == 1 else CheckFailed
        raise kind(f"{len(failures)} of {len(names)} secrets failed", hint=failures[0].hint)
