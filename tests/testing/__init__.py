"""What tests stand on: a real PostgreSQL, repositories built on the spot, canaries."""
