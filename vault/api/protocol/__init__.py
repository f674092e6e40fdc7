"""The wire protocols: JSON 1.1 for Secrets Manager, query and XML for STS."""
