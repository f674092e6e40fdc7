"""What the format of a credential lets anyone check without asking its provider: checksums, and whether it parses."""
