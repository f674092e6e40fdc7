"""What an audit's database promises, whichever database it is."""
