"""Audits: many repositories with their histories, what they leaked, since when, and what has become of it."""
