"""Which texts of a repository may be values that somebody keeps in a store: read out, digested, and found again."""
