"""What the process of a call is told, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One call. The code and the event follow."""

    parent: int
    """The process that has started this one."""
    result: int
    """The descriptor that the outcome is written to."""
    code_bytes: int
    event_bytes: int
    task: str
    """The folder that the code is unpacked to."""
    scratch: str
    """The folder that the function may write in."""
    environment: Mapping[str, str] = field(repr=False)
    """What the function finds, credentials among it. The process begins without: nothing of it can steer how."""
    handler: str
    function_name: str
    function_arn: str
    request_id: str
    memory: int
    """Megabytes."""
    deadline: float
    """When time is over, on the clock that counts from the machine's start."""
    own_user: bool
    """Whether no other process has the user that this one runs as."""
