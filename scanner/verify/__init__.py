"""Asks providers whether credentials are live: only where `--verify` says so, never where a repository does."""
