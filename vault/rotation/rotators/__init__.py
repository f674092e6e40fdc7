"""Built-in rotation functions, one module for each kind of credential; they see one secret through the API, no more."""
