"""What a scan covered, in one line: the same for a report and for a hook that has nothing to report."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_SIZES = ((1_000_000, "MB"), (1_000, "kB"))


def covered(files: int, size: int, seconds: float, suppressed: str, skipped: Mapping[str, int], errors: int) -> str:
    """Return what was read, what was suppressed and by what, what was skipped and why, and what was not read."""
    parts = [f"{'1 file' if files == 1 else f'{files} files'}, {_size(size)} in {seconds:.1f} s"]
    if suppressed:
        parts.append(suppressed)
    if skipped:
        parts.append("skipped " + ", ".join(f"{number} {reason}" for reason, number in sorted(skipped.items())))
    if errors:
        parts.append(f"{errors} not read")
    return "; ".join(parts)


def _size(size: int) -> str:
    return next((f"{size / least:.1f} {unit}" for least, unit in _SIZES if size >= least), f"{size} bytes")
