"""Lambda over HTTP."""
