"""Which baseline a scan reads, and when it can tell that an entry has nothing behind it."""

from __future__ import annotations

import os

from scanner.settings import BASELINE_FILE
from scanner.sources.gitdir import scan_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.baseline.model import Baseline
    from strongroom.cli.options import ScanOptions


def root_of(options: ScanOptions) -> str:
    """Return the folder that paths in findings are relative to: settings and the baseline stand there."""
    return scan_root(options.paths[0] if options.paths and options.paths[0] != "-" else ".")


def whole_tree(options: ScanOptions) -> bool:
    """Tell whether a scan sees all that a baseline's entries may stand for."""
    partly = options.staged or options.history or options.since is not None or "-" in options.paths
    if partly or options.analysis == "off":
        return False
    root = root_of(options)
    return any(os.path.abspath(path) == root for path in options.paths or (".",))


def has_entries(options: ScanOptions) -> bool:
    """Tell whether a baseline may hold entries that nothing stands behind any more, where that is told."""
    if not whole_tree(options):
        return False
    return options.baseline is not None or os.path.lexists(os.path.join(root_of(options), BASELINE_FILE))


def baseline_of(options: ScanOptions) -> Baseline | None:
    """Return what is accepted, None where no file says so. Raises `UsageError` naming file and line."""
    if options.baseline is None and not os.path.lexists(os.path.join(root_of(options), BASELINE_FILE)):
        return None
    from scanner.baseline.file import read_baseline

    return read_baseline(root_of(options), options.baseline)
