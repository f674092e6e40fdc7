"""The audit's database: what is under way, and what every audit saw. SQLite, or PostgreSQL where several share it."""
