"""Specifications of: scanner.audit."""
