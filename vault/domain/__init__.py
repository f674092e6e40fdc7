"""The rules of the store: pure, standard library and kernel only."""
