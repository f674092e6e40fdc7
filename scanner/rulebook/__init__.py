"""The rule book: what is looked for, as data, and the types it is read into."""
