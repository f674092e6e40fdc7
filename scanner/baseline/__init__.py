"""What a project has accepted: a file of fingerprints, and what it says about findings."""
