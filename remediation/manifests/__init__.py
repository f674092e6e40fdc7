"""Dependency manifests: where an application says what it needs installed."""
