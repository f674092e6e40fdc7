"""Cheap answers to which rules are worth trying on a file."""
