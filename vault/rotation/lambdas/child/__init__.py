"""What runs in the process of one call of a function: the standard library alone is needed."""
