"""Laws that every built-in rotation function keeps, whatever it rotates."""
