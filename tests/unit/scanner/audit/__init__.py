"""Audits: their database, their reports."""
