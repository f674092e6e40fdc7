"""One contract for all prefilters."""
