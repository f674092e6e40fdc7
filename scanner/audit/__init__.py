"""Audits: what many repositories and their histories hold, since when, and what has become of it."""
