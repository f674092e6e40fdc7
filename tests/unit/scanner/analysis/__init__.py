"""Tests of what program analysis follows, by language."""
