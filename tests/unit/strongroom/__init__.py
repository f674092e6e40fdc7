"""The command line's parts, below a process of its own."""
