"""What every keeper of a root key promises."""
