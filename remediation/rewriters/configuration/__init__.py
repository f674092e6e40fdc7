"""Rewriters of configuration: each writes what the file's own reader already understands; one module a format."""
