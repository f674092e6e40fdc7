"""Replication below the wire."""
