"""What the store does, one service for each group of operations, bound to one transaction."""
