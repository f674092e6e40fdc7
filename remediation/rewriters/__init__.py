"""Rewriters: exact edits of source files; one module family per language."""
