"""Compiles the automaton over our own rules when the package is built, so that no hook ever has to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Leaves the document of `scanner/prefilter/engine.py` among the rules, for a wheel and for an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the document; where hyperscan cannot be had it holds the keywords only, and the build goes on."""
        root = Path(self.root)
        rules = root / "rules"
        sys.path.insert(0, str(root))
        from scanner.prefilter.build import write_beside

        write_beside(rules, packed=self.target_name == "wheel" and version == "standard")
