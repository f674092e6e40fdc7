"""Look inside archives in memory, within limits."""
