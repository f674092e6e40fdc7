"""Specifications of: scanner."""
