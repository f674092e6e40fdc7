"""What the store does, one service for each group of operations, bound to one transaction."""

from vault.services.binding import Services

__all__ = ["Services"]
