"""The scanner: finds hardcoded credentials in files and git objects; knows nothing of vaults or fixes."""
