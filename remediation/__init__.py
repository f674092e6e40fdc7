"""Remediation: from findings to a branch on which the code fetches its secrets from a store."""
