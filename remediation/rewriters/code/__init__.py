"""Rewriters of programs in other languages than Python: positions by a grammar, edits by byte ranges."""
