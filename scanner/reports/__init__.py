"""Reports: what a scan found, written for people and for programs."""
