"""IAM over HTTP."""
