"""Detectors: each turns the bytes of a file into candidates."""
