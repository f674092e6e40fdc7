"""The command line: parses, calls one function of the product, renders, exits."""
