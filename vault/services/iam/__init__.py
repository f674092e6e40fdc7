"""IAM's operations, each group in a module, for one transaction."""
