"""The wire format's pure parts."""
