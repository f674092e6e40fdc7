"""Histories: every version of every file, each looked at once, and when it came and went."""
