"""Tests of what delivers, and of the settings that say to whom."""
