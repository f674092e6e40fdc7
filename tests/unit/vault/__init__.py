"""The vault below its gateway."""
