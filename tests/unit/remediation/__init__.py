"""Specifications of remediation."""
