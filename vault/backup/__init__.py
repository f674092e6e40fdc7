"""Backups of a whole store in one sealed file, and back from it: `docs/operations.md`, decision 18."""
