"""Verification: what is asked, of whom, and what an answer means."""
