"""What remediation refuses beyond the errors everybody shares.

StrongroomError
├── Refused           something stands in the way that must not be overwritten: a secret, a branch
└── CheckFailed       (kernel) a rewrite did not prove itself; nothing was stored or committed
    └── Unproven      the rewrite of one file
"""

from __future__ import annotations

from strongroom.kernel.errors import CheckFailed, StrongroomError


class Refused(StrongroomError):
    """A secret, branch or file of that name holds something else; it is left as it is."""

    code = "refused"


class Unproven(CheckFailed):
    """The rewrite of the file at `path` did not prove itself."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message, hint="please report this")
        self.path = path


class NotRewritable(Exception):
    """One place that has to be changed by a person; `reason` says why and never holds the value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InText(NotRewritable):
    """One place in a text for people, where no program needs the value; `quiet` where no program shows it either."""

    def __init__(self, reason: str, *, quiet: bool) -> None:
        super().__init__(reason)
        self.quiet = quiet


class NotRewritableFile(NotRewritable):
    """A file whose edits do not fit together; its findings are left to a person."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path
