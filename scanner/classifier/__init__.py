"""Tells from readable features how likely a value known by its name only is a credential."""
