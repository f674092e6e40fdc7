"""The AWS-shaped edge: bytes in, bytes out; every rule lives below it."""
