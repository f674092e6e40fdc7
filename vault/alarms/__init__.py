"""Alarms on the trail: the worker that counts and decides, and the ways in which notifications are delivered."""
