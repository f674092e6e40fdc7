"""Long runs with faults injected; `make soak N=…` sets how many seeds, CI runs a few."""
