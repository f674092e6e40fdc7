"""Strongroom: what every part shares (kernel, wire) and the command itself (cli)."""

__version__ = "0.1.0"
