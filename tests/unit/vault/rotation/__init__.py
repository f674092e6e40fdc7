"""Rotation functions and the worker that runs them."""
