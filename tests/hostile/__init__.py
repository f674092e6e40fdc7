"""Repositories and files that somebody made to harm who scans them."""
