"""Audits: many repositories and their histories, what was found in them over time, and the reports of it."""
