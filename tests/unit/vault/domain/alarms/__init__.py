"""Tests of what an alarm watches for, and of what decides its state."""
