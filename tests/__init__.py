"""The specifications of Strongroom."""
