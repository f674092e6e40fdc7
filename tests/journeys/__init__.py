"""Whole journeys: real repositories, a real store, real databases."""
