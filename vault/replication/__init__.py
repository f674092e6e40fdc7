"""Replication between regions: what carries messages, and the worker that sends them."""
