"""Specifications of: reports."""
