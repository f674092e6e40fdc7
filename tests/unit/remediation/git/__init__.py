"""Remotes, forges, and commits of ours."""
