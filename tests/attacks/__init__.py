"""Attacks on the store: each is refused with AWS's error, and learns nothing."""
