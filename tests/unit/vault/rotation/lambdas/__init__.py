"""Functions that were uploaded, and the processes that they run in."""
