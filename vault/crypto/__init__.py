"""Cryptography: the only importer of the `cryptography` library."""
