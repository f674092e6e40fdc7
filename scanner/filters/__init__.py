"""Filters: each looks at a candidate and drops it with a reason, caps how sure we are, or has nothing to say."""
