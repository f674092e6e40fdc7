"""Texts that stand encoded in other texts."""
