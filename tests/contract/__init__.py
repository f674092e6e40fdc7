"""One suite for each interface, run on every implementation."""
