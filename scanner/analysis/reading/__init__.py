"""Reads files into programs by their grammars."""
