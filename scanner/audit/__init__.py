"""The audit: many repositories with their histories, what they hold, and what becomes of it."""
