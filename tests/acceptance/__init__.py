"""The whole way on public applications that were written without us; run by `make acceptance`."""
