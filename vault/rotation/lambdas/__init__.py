"""Rotation functions that were uploaded: run in processes of their own."""
