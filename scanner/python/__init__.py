"""Credentials in Python source, found by what the code does with its literals."""
